"""Lines to choose the thresholds of `--ocr phi` on: line_set.py OUT [--count 4000] [--seed 77]. Test fonts, no real picture.

Writes grey PNG files and OUT/lines.jsonl (file, text, kind, personal, and names for a header: half of the name lines get their own).
`cargo run --example judge_lines OUT > judged.jsonl` then reads them; `line_set.py --table judged.jsonl` prints what thresholds do."""
import argparse
import json
import os
import random

import numpy as np

PERSONAL = {"name", "date", "time", "id", "site", "age", "foreign", "random"}


def foreign(r, g, lines, words, style, cv2):
    """A line in a script that the recogniser does not know."""
    for _ in range(50):
        st = style.Style(r, "test", None, r.choice(list(words.SCRIPTS)))
        try:
            alpha = st.line(words.foreign(r, st.script))
        except (AttributeError, KeyError):
            return None
        if alpha is not None and alpha.shape[0] >= 7:
            alpha = np.pad(alpha, r.randint(1, 3))
            return alpha * r.uniform(.4, 1)
    return None


def make(a):
    import cv2
    import lines
    import style
    import words
    os.makedirs(a.out, exist_ok=True)
    r, g = random.Random(a.seed), np.random.default_rng(a.seed)
    kinds = ["name"] * 5 + ["date", "time", "id", "site", "age", "foreign", "random"] + ["setting"] * 4 + ["marker"] * 3 + ["number"]
    drawn, state = words.line, {}

    def one_kind(r, kind=None):
        text, k = drawn(r, kind or state["kind"])
        return text, k
    words.line = one_kind
    with open(f"{a.out}/lines.jsonl", "w") as out:
        for i in range(a.count):
            kind = state["kind"] = r.choice(kinds)
            if kind == "foreign":
                image, text = foreign(r, g, lines, words, style, cv2), ""
                if image is None:
                    continue
            else:
                image, text = lines.line(r, g, "test", None, easy=r.random() < .5)
            personal = kind in PERSONAL or kind in ("setting", "number") and "  " in text
            header = []
            if kind == "name":
                family = r.choice(words.FAMILY)
                header = [text] if r.random() < .5 else [f"{family}^{r.choice(words.GIVEN)}"]
            cv2.imwrite(f"{a.out}/{i:05d}.png", (np.clip(image, 0, 1) * 255).astype(np.uint8))
            own = header == [text]
            out.write(json.dumps({"file": f"{i:05d}.png", "text": text, "kind": kind, "personal": personal, "header": header, "own": own}) + "\n")


def table(path):
    rows = [json.loads(line) for line in open(path)]
    print("kind        lines  kept  exact  median score")
    for kind in sorted({row["kind"] for row in rows}):
        own = [row for row in rows if row["kind"] == kind]
        kept = [row for row in own if row["read"]["class"] in ("marker", "technical")]
        exact = sum(row["read"]["text"] == row["text"] for row in own)
        print(f"{kind:10} {len(own):6} {len(kept):5} {exact:6}  {np.median([row['read']['score'] for row in own]):.3f}")
    leaks = [row for row in rows if row["personal"] and row["read"]["share"] > 0 and row["read"]["explained"]]
    for row in sorted(leaks, key=lambda row: -row["read"]["share"])[:60]:
        print(f"  {row['kind']:8} {row['text']!r} read {row['read']['text']!r} share {row['read']['share']:.3f} score {row['read']['score']:.2f} {row['read']['class']}")


if __name__ == "__main__":
    p = argparse.ArgumentParser()
    p.add_argument("out", nargs="?")
    p.add_argument("--count", type=int, default=4000)
    p.add_argument("--seed", type=int, default=77)
    p.add_argument("--table")
    a = p.parse_args()
    table(a.table) if a.table else make(a)
