"""One line a probe, the scores of each group, and where the control did what was not expected."""
from .registry import GROUPS


def name_of(result):
    return f"{result.probe.row} {result.probe.function.__name__} v{result.family}"


def verdict(result):
    """What the line says: pass, fail, or pending (Weir fails, as announced)."""
    if result.passed:
        return "PASS"
    return "PENDING" if result.target == "weir" and known(result) else "FAIL"


def known(result):
    return result.probe.known(result.target, result.family)


def teller(everything):
    def tell(result):
        if result.target == "weir" or everything:
            why = f": {result.why}" if result.why else ""
            if result.passed and result.first_why:
                why = f" at the second try; the first: {result.first_why}"
            print(f"{verdict(result)} {name_of(result)}{why} ({result.seconds:.1f} s)", flush=True)
    return tell


def rows_passed(results, target, family, first, last):
    """(rows of which every probe passed, rows probed)"""
    rows = {}
    for r in results:
        if r.target == target and r.family == family and first <= r.probe.row <= last:
            rows.setdefault(r.probe.row, []).append(r.passed)
    return sum(all(row) for row in rows.values()), len(rows)


def print_scores(results):
    names = [n for n in ("weir", "linux", "nobody") if any(r.target == n for r in results)]
    columns = [(n, f) for n in names for f in (4, 6)]
    print(f"\n{'rows obeyed of rows probed':34}" +
          "".join(f"{f'{n} v{f}':>12}" for n, f in columns))
    for title, first, last in (*GROUPS, ("all", 1, 185)):
        cells = [rows_passed(results, n, f, first, last) for n, f in columns]
        if any(of for _, of in cells):
            print(f"{title:34}" + "".join(f"{f'{a}/{b}':>12}" for a, b in cells))


def print_pending(results):
    """The list of what Weir does not do yet, as the probes announce it."""
    pending = sorted({(r.probe.row, known(r)) for r in results
                      if r.target == "weir" and verdict(r) == "PENDING"})
    if pending:
        print("\npending, expected to fail until written:")
        for row, why in pending:
            print(f"  {row}: {why}")
    for r in results:
        if r.target == "weir" and r.passed and known(r):
            print(f"  {name_of(r)} passes, though announced as pending: {known(r)}")


def print_disagreements(results):
    """Where the control fails and should not, or passes where it is known to fail."""
    print("\ndisagreements with what is known of Linux:")
    none = True
    for r in results:
        if r.target == "linux" and r.passed == bool(known(r)):
            none = False
            print(f"  {name_of(r)} " +
                  (f"passes, though: {known(r)}" if r.passed else f"fails: {r.why}"))
    if none:
        print("  none")


def summarise(results, left_out):
    print_scores(results)
    print_pending(results)
    if any(r.target == "linux" for r in results):
        print_disagreements(results)
    if left_out:
        slow = sorted({p.row for p in left_out})
        print(f"\nleft to --slow: rows {', '.join(map(str, slow))}")
    # The verdict is on Weir; on the control when it is alone.
    judged = [r for r in results if r.target == "weir"] or results
    verdicts = [verdict(r) for r in judged]
    numbers = {"passed": verdicts.count("PASS"), "failed": verdicts.count("FAIL"),
               "skipped": verdicts.count("PENDING")}
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**numbers), flush=True)
    return numbers | {"probes": [
        {"row": r.probe.row, "probe": r.probe.function.__name__, "family": r.family,
         "target": r.target, "verdict": verdict(r).lower(), "why": r.why} for r in results]}
