import assert from "node:assert/strict";
import test from "node:test";
import { Observable } from "../../../js/src/flow/observable.ts";

test("followers are notified of changes only", () => {
  const value = new Observable(1);
  const received: number[] = [];
  value.follow((each) => received.push(each), new AbortController().signal);
  value.value = 1;
  value.value = 2;
  value.value = 3;
  assert.deepEqual(received, [2, 3]);
  assert.equal(value.value, 3);
});

test("an aborted follower is not notified", () => {
  const value = new Observable("a");
  const end = new AbortController();
  value.follow(() => assert.fail("it left"), end.signal);
  assert.equal(value.isFollowed, true);
  end.abort();
  assert.equal(value.isFollowed, false);
  value.follow(() => assert.fail("it came too late"), end.signal);
  value.value = "b";
  assert.equal(value.isFollowed, false);
});

test("the equality can be customised", () => {
  const value = new Observable([1], (a, b) => a[0] === b[0]);
  value.follow(() => assert.fail("it is the same"), new AbortController().signal);
  value.value = [1];
});
