import type { Model } from "./host/model.ts";
import { Link } from "./link/link.ts";
import { View } from "./view/view.ts";

type Cleanup = () => void;

interface InitializeContext {
  readonly model: Model;
  readonly signal?: AbortSignal;
}

interface RenderContext extends InitializeContext {
  readonly el: HTMLElement;
}

interface Widget {
  initialize(context: InitializeContext): Cleanup;
  render(context: RenderContext): Cleanup;
}

/** The widget of one model. The link lives as long as the model, a view as long as its element. */
function createWidget(): Widget {
  let link: Link | undefined;
  let initialized = false;

  return {
    initialize({ model, signal }) {
      link?.dispose();
      initialized = true;
      const made = new Link(model);
      link = made;
      return onceBy(signal, () => {
        made.dispose();
        if (link === made) link = undefined;
      });
    },

    render({ model, el, signal }) {
      // A host that does not call `initialize` does not report the model's end, so the last view ends the link.
      const used = (link ??= new Link(model));
      const view = new View(el, used);
      used.attach(view);
      return onceBy(signal, () => {
        used.detach(view);
        view.remove();
        if (initialized || used !== link || used.viewCount > 0) return;
        used.close();
        link = undefined;
      });
    },
  };
}

/** Older hosts pass no signal and call the returned function; newer ones may do both. */
function onceBy(signal: AbortSignal | undefined, end: Cleanup): Cleanup {
  let ended = false;
  const cleanup = (): void => {
    if (ended) return;
    ended = true;
    end();
  };
  if (signal?.aborted) cleanup();
  signal?.addEventListener("abort", cleanup, { once: true });
  return cleanup;
}

const widgets = new WeakMap<Model, Widget>();

function widgetOf(model: Model): Widget {
  const widget = widgets.get(model) ?? createWidget();
  widgets.set(model, widget);
  return widget;
}

/**
 * Supports both forms of an anywidget module. A host calls the function once for each model, so `render` finds the link
 * of `initialize`; the model cannot be the key, because hosts wrap it anew for each call. The two methods are for
 * callers that drive the widget directly with one model object.
 */
export default Object.assign(createWidget, {
  initialize: (context: InitializeContext): Cleanup => widgetOf(context.model).initialize(context),
  render: (context: RenderContext): Cleanup => widgetOf(context.model).render(context),
});
