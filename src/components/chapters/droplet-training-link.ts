/** What can run beside instance normalisation, by the name that the page's address gives it. */
export const RIVAL_NAMES = ["demodulation", "none", "one"] as const;
export type RivalName = (typeof RIVAL_NAMES)[number];

/** What a reader sets in the figure that trains. */
export interface TrainingSettings {
  readonly seed: number;
  readonly rival: RivalName;
}

export const BASE_SETTINGS: TrainingSettings = { seed: 0, rival: "demodulation" };
export const MOST_SEED = 9999;

/** What differs from the base as a query without "?", its keys beginning with the figure's id and a dot. */
export function trainingQuery({ seed, rival }: TrainingSettings, id: string): string {
  const parts = [
    seed === BASE_SETTINGS.seed ? "" : `${id}.seed=${seed}`,
    rival === BASE_SETTINGS.rival ? "" : `${id}.right=${rival}`,
  ];
  return parts.filter(Boolean).join("&");
}

/** The settings that a query holds; what cannot be read keeps the base's value and has its sentence in `problems`. */
export function readTrainingQuery(
  query: string,
  id: string,
): { readonly settings: TrainingSettings; readonly problems: readonly string[] } {
  const given = new URLSearchParams(query);
  const problems: string[] = [];
  let { seed, rival } = BASE_SETTINGS;
  const seedText = given.get(`${id}.seed`);
  if (seedText !== null) {
    if (/^\d{1,4}$/.test(seedText)) seed = Number(seedText);
    else problems.push(`The seed must be a whole number from 0 to ${MOST_SEED}, not "${seedText}".`);
  }
  const rivalText = given.get(`${id}.right`);
  if (rivalText !== null) {
    const found = RIVAL_NAMES.find((name) => name === rivalText);
    if (found) rival = found;
    else problems.push(`The second network must be one of ${RIVAL_NAMES.join(", ")}, not "${rivalText}".`);
  }
  return { settings: { seed, rival }, problems };
}
