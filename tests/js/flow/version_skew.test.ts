import assert from "node:assert/strict";
import test from "node:test";
import { pageSkew, workerSkew } from "../../../js/src/flow/version_skew.ts";

test("equal and unknown versions give no text", () => {
  for (const skew of [pageSkew, workerSkew]) {
    assert.deepEqual([skew("1.0", "1.0"), skew("", "1.0"), skew("1.0", "")], ["", "", ""]);
  }
});

test("a mismatch names both versions and the remedy", () => {
  assert.match(pageSkew("1.0", "1.1"), /page has marimo-rfb 1\.0.*kernel has 1\.1.*Reload the page/);
  assert.match(workerSkew("1.0", "1.1"), /worker_url is from marimo-rfb 1\.0.*page has 1\.1.*worker\.js/);
});
