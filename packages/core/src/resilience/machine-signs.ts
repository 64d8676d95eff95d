/** What a system says when the machine has run out of something, by its symbol and in words; https://man7.org/linux/man-pages/man3/errno.3.html */
const signs =
  /\b(?:ENOSPC|EDQUOT|EMFILE|ENFILE|ENOMEM|EIO)\b|No space left on device|Disk quota exceeded|Too many open files|Cannot allocate memory|Input\/output error|There is not enough space on the disk/i;
/** More of a text says nothing new. */
const textLimit = 20_000;

/** Whether a failure's text says that the machine it happened on had run out of something: room on the disk, memory, open files. */
export function speaksOfMachine(text: string): boolean {
  return signs.test(text.slice(0, textLimit));
}
