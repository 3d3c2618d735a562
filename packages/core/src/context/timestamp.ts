const pattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

/**
 * Whether `value` is a time in UTC as RFC 3339 section 5.6 writes it, upper case and with `Z`, and a
 * day that exists. Leap seconds are not accepted: no clock here has them.
 */
export function isTimestamp(value: unknown): value is string {
  if (typeof value !== 'string' || !pattern.test(value)) return false;
  const epochMs = Date.parse(value);
  // Date.parse takes February 30 for March 2.
  return !Number.isNaN(epochMs) && new Date(epochMs).toISOString().startsWith(value.slice(0, 19));
}
