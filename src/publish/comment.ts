/** The one comment of a pull request: posted once, and changed when there is something else to say. */
import { sha256 } from "../render/sha256.ts";
import type { Comment, CommentApi } from "./comment-api.ts";
import { markedText, readMarker } from "./comment-text.ts";

export interface PlanComment {
  /** Number of the pull request. */
  readonly pull: number;
  /** Login of those whose comments are ours; others may write what looks like them. */
  readonly author: string;
  readonly text: string;
  /** Tells the comments of several inventories apart. */
  readonly key: string;
  /** The commit of the pull request that the text is about. */
  readonly commit: string;
  /** False where nobody has to be told; a comment that is there already is changed all the same. */
  readonly isNews: boolean;
}

/**
 * - `outdated`: the pull request has another commit by now, whose own run will speak
 * - `unchanged`: the comment says it already
 * - `needless`: there is no comment, and nothing to say
 */
export type Outcome = "posted" | "changed" | "unchanged" | "outdated" | "needless";

/** Posts or changes the comment. Throws EnvironmentError where GitHub refuses. */
export async function putComment(api: CommentApi, asked: PlanComment): Promise<Outcome> {
  const { pull, author, text, key, commit, isNews } = asked;
  const isOurs = (comment: Comment): boolean => comment.author === author && readMarker(comment.body)?.key === key;
  const old = await api.findComment(pull, isOurs);
  // As late as can be: what a newer run has said must not be taken back. Workflows run on the merge that GitHub has made of
  // the head, so that either may be named.
  const { head, merge } = await api.pullRequest(pull);
  if (commit !== head && commit !== merge) return "outdated";
  if (old === undefined) {
    if (!isNews) return "needless";
    await api.createComment(pull, markedText(text, key));
    return "posted";
  }
  if (readMarker(old.body)?.sha256 === sha256(text)) return "unchanged";
  await api.updateComment(old.id, markedText(text, key));
  return "changed";
}
