const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Makes ids that sort by time, even within one millisecond: ten characters of time, a random start, then a count. */
export function orderIds(clock, random) {
  let last = -1;
  let count = 0;
  return () => {
    const now = Math.max(clock(), last);
    count = now === last ? count + 1 : Math.floor(random() * 1_000_000);
    last = now;
    return encode(now, 10) + encode(count, 6);
  };
}

function encode(value, length) {
  let text = "";
  for (let left = value; text.length < length; left = Math.floor(left / 32)) text = alphabet[left % 32] + text;
  return text;
}

/** The time in an id, in milliseconds. */
export function timeOf(id) {
  return [...id.slice(0, 10)].reduce((sum, character) => sum * 32 + alphabet.indexOf(character), 0);
}
