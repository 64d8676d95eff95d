import { overwritten, stripAnsi, withoutControls } from "../model/plain-text.ts";

const escape = String.fromCharCode(27);
const colour = new RegExp(`${escape}\\[([0-9;]*)m`, "g");

export interface ColouredText {
  readonly text: string;
  /** Classes of the page's style, `ansi-red ansi-bold`; empty for plain text. */
  readonly style: string;
}

const colours = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"] as const;

/** The text in pieces of one colour each, by the sixteen colours and bold, dim, italic; other sequences are dropped. */
export function colouredText(text: string): ColouredText[] {
  const shown = overwritten(text);
  const pieces: ColouredText[] = [];
  const state = { colour: "", weight: "", italic: false };
  let from = 0;
  const add = (to: number) => {
    const piece = withoutControls(stripAnsi(shown.slice(from, to)));
    const style = [state.colour, state.weight, state.italic ? "ansi-italic" : ""].filter((part) => part !== "").join(" ");
    if (piece !== "") pieces.push({ text: piece, style });
  };
  for (const match of shown.matchAll(colour)) {
    add(match.index);
    from = match.index + match[0].length;
    applyCodes(state, match[1] ?? "");
  }
  add(shown.length);
  return pieces;
}

function applyCodes(state: { colour: string; weight: string; italic: boolean }, list: string): void {
  const codes = list === "" ? [0] : list.split(";").map(Number);
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] ?? 0;
    if (code === 0) Object.assign(state, { colour: "", weight: "", italic: false });
    else if (code === 1) state.weight = "ansi-bold";
    else if (code === 2) state.weight = "ansi-dim";
    else if (code === 22) state.weight = "";
    else if (code === 3 || code === 23) state.italic = code === 3;
    else if (code === 39) state.colour = "";
    else if (code >= 30 && code <= 37) state.colour = `ansi-${colours[code - 30]}`;
    else if (code >= 90 && code <= 97) state.colour = `ansi-${colours[code - 90]}`;
    // The 256-colour and true-colour forms carry their numbers as further codes.
    else if (code === 38 || code === 48) index += codes[index + 1] === 5 ? 2 : 4;
  }
}
