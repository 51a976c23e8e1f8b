import { Recorder } from "../capture/recording_session.ts";
import type { Bench } from "./tool_context.ts";
import type { Tool } from "./tool.ts";
import { ToolButton } from "./tool_button.ts";

/** Starts a recording, and saves it. */
export function recordTool({ deck, toast, recordingSince, signal }: Bench): Tool {
  const recorder = new Recorder(deck, signal);
  const { recording } = recorder;
  const button = new ToolButton(() => {
    if (recording.value) return save();
    try {
      recorder.start();
    } catch (error) {
      toast.complain("The picture cannot be recorded", error);
    }
  });
  let isSaving = false;
  const show = (): void => {
    button.show({
      icon: recording.value ? "stop" : "record",
      name: "Record",
      tip: recording.value ? "Stop and save the recording" : "Record",
      isPressed: recording.value,
      isBusy: isSaving,
    });
  };
  const save = (): void => {
    if (isSaving) return;
    isSaving = true;
    show();
    recorder
      .stop()
      .then((name) => toast.say(`Saved ${name}`))
      .catch((error: unknown) => toast.complain("The recording could not be saved", error))
      .finally(() => {
        isSaving = false;
        show();
      });
  };
  recording.follow((isOn) => {
    recordingSince.value = isOn ? performance.now() : undefined;
    show();
    // It also ends by itself, as when the connection is lost.
    if (!isOn) save();
  }, signal);
  show();
  return { button, isOffered: Recorder.isSupported() };
}
