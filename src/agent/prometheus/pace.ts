/** How patient the agent is with a server. All are seconds. */
export interface Pace {
  /** Between looks: short at first, then longer. */
  readonly shortest: number;
  readonly longest: number;
  /** For one answer. */
  readonly answer: number;
  /** After which the server is made to look again: where our file has no series, and where it has one of before. */
  readonly absent: number;
  readonly stale: number;
  /** How long an error of reading has to show up again after the server was made to look. */
  readonly again: number;
  /**
   * From reading a file to its targets in the scrape pools: both the discovery manager and the scrape manager pass on
   * what is new every 5 seconds.
   */
  readonly throttle: number;
}

export const PACE: Pace = {
  shortest: 0.02,
  longest: 0.5,
  answer: 10,
  absent: 0.3,
  stale: 3,
  again: 1,
  throttle: 12,
};
