/** When each request of a constant rate is due, by a clock that stands still while the load's own process is held up. */

export interface ScheduleOptions {
  /** Milliseconds, by the clock that `look` is told. */
  readonly startsAt: number;
  /** Requests a second. */
  readonly rate: number;
}

export interface Schedule {
  /**
   * To be called with the time, at least five times a millisecond while the process runs. Longer than a millisecond without
   * it, and the process did not: nothing was due in that time, and what comes after it is put off by it.
   */
  look(now: number): void;
  /** When request `number`, from 0, is due by what is known until now. */
  dueAt(number: number): number;
  /** Milliseconds in which the process was held up until now. */
  heldUp(): number;
}

const heldUpFrom = 1;

export function createSchedule({ startsAt, rate }: ScheduleOptions): Schedule {
  const gap = 1000 / rate;
  let lookedAt = startsAt;
  let away = 0;
  return {
    look(now) {
      if (now - lookedAt > heldUpFrom) away += now - lookedAt;
      lookedAt = now;
    },
    dueAt: (number) => startsAt + away + number * gap,
    heldUp: () => away,
  };
}
