import type { ViewTransform } from "../flow/view_transform.ts";
import { isSameTransform } from "../flow/view_transform.ts";
import type { Traits } from "../host/traits.ts";
import type { SharedTransform } from "./shared_transform.ts";

type Follower = (transform: ViewTransform, isSmooth: boolean) => void;

/** What views with one name share. Plain, because each of them may be of another instance, or version, of this module. */
interface Group {
  transform: ViewTransform;
  readonly followers: Set<Follower>;
}

const GROUPS = Symbol.for("marimo-rfb.linked");

/** Hosts load this module once for each widget, so what those of a page share belongs to the window. */
function groupsOf(page: Window & { [GROUPS]?: Map<string, Group> }): Map<string, Group> {
  return (page[GROUPS] ??= new Map());
}

/** Keeps a transform the same as those of all views of the page that have the same name in the trait `linked`. */
export class LinkedViews {
  readonly #sharedTransform: SharedTransform;
  readonly #traits: Traits;
  readonly #follower: Follower = (transform, isSmooth) => this.#sharedTransform.set(transform, isSmooth);
  #name = "";

  constructor(sharedTransform: SharedTransform, traits: Traits, signal: AbortSignal) {
    this.#sharedTransform = sharedTransform;
    this.#traits = traits;
    sharedTransform.follow((transform, isSmooth) => this.#share(transform, isSmooth), signal);
    traits.onChange(["linked"], () => this.#join(), signal);
    signal.addEventListener("abort", () => this.#leave(), { once: true });
    this.#join();
  }

  /** Whoever joins takes the transform of the group. */
  #join(): void {
    this.#leave();
    this.#name = this.#traits.linked;
    if (this.#name === "") return;
    const groups = groupsOf(window);
    const group = groups.get(this.#name) ?? { transform: this.#sharedTransform.transform, followers: new Set() };
    groups.set(this.#name, group);
    group.followers.add(this.#follower);
    this.#sharedTransform.set(group.transform, true);
  }

  #leave(): void {
    const groups = groupsOf(window);
    const group = groups.get(this.#name);
    group?.followers.delete(this.#follower);
    if (group?.followers.size === 0) groups.delete(this.#name);
  }

  #share(transform: ViewTransform, isSmooth: boolean): void {
    const group = groupsOf(window).get(this.#name);
    // What another has just shared comes back here from every member that takes it.
    if (group === undefined || isSameTransform(group.transform, transform)) return;
    group.transform = transform;
    for (const follower of [...group.followers]) follower(transform, isSmooth);
  }
}
