import assert from "node:assert/strict";
import test from "node:test";
import { pageSkew, workerSkew } from "../../../js/src/flow/version_skew.ts";

test("the same version is passed over, and so is one that is unknown", () => {
  for (const skew of [pageSkew, workerSkew]) {
    assert.deepEqual([skew("1.0", "1.0"), skew("", "1.0"), skew("1.0", "")], ["", "", ""]);
  }
});

test("versions that differ are named, with what to do", () => {
  assert.match(pageSkew("1.0", "1.1"), /page has marimo-rfb 1\.0.*kernel has 1\.1.*Reload the page/);
  assert.match(workerSkew("1.0", "1.1"), /worker_url is of marimo-rfb 1\.0.*page of 1\.1.*worker\.js/);
});
