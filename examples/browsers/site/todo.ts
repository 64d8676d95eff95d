// Served with its types taken away.
const form = document.querySelector("form") as HTMLFormElement;
const list = document.querySelector("#list") as HTMLUListElement;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const input = form.elements.namedItem("what") as HTMLInputElement;
  const what: string = input.value.trim();
  if (what === "") return;
  const item = document.createElement("li");
  item.textContent = what;
  list.append(item);
  form.reset();
});
