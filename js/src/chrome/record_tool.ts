import { RecordingSession } from "../capture/recording_session.ts";
import type { Tool } from "./tool.ts";
import { ToolButton } from "./tool_button.ts";
import type { ToolContext } from "./tool_context.ts";

/** Starts a recording, stops and saves it. */
export function recordTool({ viewContext, toast, recordingSince, signal }: ToolContext): Tool {
  const session = new RecordingSession(viewContext, signal);
  const { recording } = session;
  const button = new ToolButton(() => {
    if (recording.value) return save();
    try {
      session.start();
    } catch (error) {
      toast.showError("The recording could not be started", error);
    }
  });
  let isSaving = false;
  const show = (): void => {
    button.show({
      icon: recording.value ? "stop" : "record",
      name: "Record",
      tooltip: recording.value ? "Stop and save the recording" : "Record",
      isPressed: recording.value,
      isBusy: isSaving,
    });
  };
  const save = (): void => {
    if (isSaving) return;
    isSaving = true;
    show();
    session
      .stop()
      .then((name) => toast.show(`Saved ${name}`))
      .catch((error: unknown) => toast.showError("The recording could not be saved", error))
      .finally(() => {
        isSaving = false;
        show();
      });
  };
  recording.follow((isOn) => {
    recordingSince.value = isOn ? performance.now() : undefined;
    show();
    // A recording may also end by itself, for example when the connection is lost.
    if (!isOn) save();
  }, signal);
  show();
  return { button, isOffered: RecordingSession.isSupported() };
}
