/** What operators read. One line an event, as text or JSON. */
export type Level = "debug" | "info" | "warning" | "error";

export interface Log {
  /**
   * @param event stable and greppable, such as `swapped` or `source-failed`
   * @param message one sentence for people, without secrets
   * @param fields plain values; the writer makes terminal escapes and newlines in them inert
   */
  write(
    level: Level,
    event: string,
    message: string,
    fields?: Readonly<Record<string, string | number | boolean | undefined>>,
  ): void;
}
