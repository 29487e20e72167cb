/** What is measured, in the order of the report. */
import type { Case } from "./case.ts";
import { smallGet } from "./small-get.ts";

export const allCases: readonly Case[] = [smallGet];
