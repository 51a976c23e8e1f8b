/** Make an element with a class that a page may style, through a shadow root too. */
export function styledElement<K extends keyof HTMLElementTagNameMap>(tag: K, name: string): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.className = name;
  made.setAttribute("part", name);
  return made;
}
