/** What a time.Duration can be asked in a template. Source: Go's package time. */
import { durationText } from './print.ts';
import { GoFloat, type GoValue } from './values.ts';

const METHODS: Readonly<Record<string, (nanoseconds: number) => GoValue>> = {
  Hours: (nanoseconds) => new GoFloat(nanoseconds / 3600e9),
  Microseconds: (nanoseconds) => Math.trunc(nanoseconds / 1e3),
  Milliseconds: (nanoseconds) => Math.trunc(nanoseconds / 1e6),
  Minutes: (nanoseconds) => new GoFloat(nanoseconds / 60e9),
  Nanoseconds: (nanoseconds) => nanoseconds,
  Seconds: (nanoseconds) => new GoFloat(nanoseconds / 1e9),
  String: durationText,
};

/** Its method of that name, if there is one that takes nothing. */
export function durationMethod(name: string): ((nanoseconds: number) => GoValue) | undefined {
  return Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
}
