"""Writes a table of all kinds of columns as CSV to a file: python mixed_table.py OUT.csv"""
import csv
import datetime
import random
import sys

rng = random.Random(5)
first = datetime.date(2015, 1, 5)
with open(sys.argv[1], "w", newline="") as f:
    out = csv.writer(f)
    out.writerow(["key", "area", "spent", "price", "day", "town", "fit", "grade", "group", "dose", "unit"])
    for i in range(600):
        u = rng.random()
        out.writerow([
            f"R{i + 1:04d}",
            f"{rng.lognormvariate(4, 0.4):.2f}",
            "" if u < 0.1 else "0" if u < 0.45 else f"{rng.expovariate(0.01):.0f}",  # an atom and gaps
            f"{rng.randint(3, 80)}.{rng.choice(['99', '95', '49'])}",  # endings
            first + datetime.timedelta(days=7 * rng.randint(0, 300) + rng.randint(0, 4)),  # working days
            f"town {min(int(rng.expovariate(0.25)), 30)}",
            rng.choice(["yes", "no", ""]),
            rng.choice("ABCD"),
            rng.choice(["control", "treated"]),
            f"{rng.gauss(10, 2):.3f}",
            "cm",
        ])
