/** Make an element that a page can style by class, and through a shadow root by part. */
export function styledElement<K extends keyof HTMLElementTagNameMap>(tag: K, name: string): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.className = name;
  made.setAttribute("part", name);
  return made;
}
