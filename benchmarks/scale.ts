/** How long and how large. `--smoke` only shows that every part runs. */
export interface Scale {
  readonly smoke: boolean;
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** Incidents that are open at once in the crowd. */
  readonly crowd: number;
}

export const FULL: Scale = { smoke: false, warmUpMs: 1_000, measureMs: 4_000, crowd: 100_000 };
export const SMOKE: Scale = { smoke: true, warmUpMs: 100, measureMs: 300, crowd: 1_000 };
