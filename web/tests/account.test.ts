import { expect, it, vi } from "vitest";
import { newest } from "../src/lib/newest";

it("WB-2: an answer that something newer has overtaken is not taken, and asked for again", async () => {
  let told = 0;
  const taken: number[][] = [];
  const ask = vi
    .fn()
    .mockImplementationOnce(async () => {
      told++; // a push, while the answer is on its way
      return { ok: true, data: [1] };
    })
    .mockImplementationOnce(async () => ({ ok: true, data: [2] }));
  expect(await newest(ask, () => told, (rows: number[]) => taken.push(rows))).toBeNull();
  expect(taken).toEqual([[2]]);
});

it("tells why there is no answer, and takes none", async () => {
  const problem = { code: "late", text: "", values: {} };
  const take = vi.fn();
  expect(await newest(async () => ({ ok: false, problem }), () => 0, take)).toEqual(problem);
  expect(take).not.toHaveBeenCalled();
});
