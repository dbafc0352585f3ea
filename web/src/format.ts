const UNITS = ["bytes", "KB", "MB", "GB", "TB"];
const days = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

/** As sellers read sizes: in steps of 1,024, three digits at most. */
export function bytes(count: number): string {
  let at = 0;
  let value = count;
  while (value >= 1000 && at < UNITS.length - 1) {
    value /= 1024;
    at += 1;
  }
  const digits = at === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits).replace(/\.0$/, "")} ${UNITS[at]}`;
}

export const day = (rfc3339: string): string => days.format(new Date(rfc3339));

export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString()} ${count === 1 ? one : many}`;
