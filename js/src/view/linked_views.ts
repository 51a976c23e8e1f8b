import type { ViewTransform } from "../flow/view_transform.ts";
import { isSameTransform } from "../flow/view_transform.ts";
import type { Traits } from "../host/traits.ts";
import type { SharedTransform } from "./shared_transform.ts";

type Follower = (transform: ViewTransform, isSmooth: boolean) => void;

/**
 * What the views with one name share. A plain object, because each view may be of another instance or version of this
 * module.
 */
interface Group {
  transform: ViewTransform;
  readonly followers: Set<Follower>;
}

const GROUPS = Symbol.for("marimo-rfb.linked");

/** Hosts load this module once per widget, so the groups of a page are stored on the window. */
function groupsOf(page: Window & { [GROUPS]?: Map<string, Group> }): Map<string, Group> {
  return (page[GROUPS] ??= new Map());
}

/** Synchronises a transform across all views of the page with the same name in the trait `linked`. */
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

  /** Join the group and adopt its transform. */
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
    // Every member that adopts a transform shares it again; stop the echo here.
    if (group === undefined || isSameTransform(group.transform, transform)) return;
    group.transform = transform;
    for (const follower of [...group.followers]) follower(transform, isSmooth);
  }
}
