// Races as programs read them: docs/reference/cli.md promises names and units.

import { runNameJson } from "./json.ts";
import type { RacesAnswer } from "./races-answer.ts";

export const racesJson = ({ run, sentence, races, guesses, notes }: RacesAnswer): object => ({ kind: "races", sentence, run: runNameJson(run), races, guesses, notes });
