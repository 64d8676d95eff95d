"""From pytest's reports to the cases and outcomes that travel."""

import os

TEXT_LIMIT = 65536
TITLE_LIMIT = 4096
MESSAGE_LIMIT = 4000


def clip(text, limit):
    """The first `limit` UTF-16 units, the measure of the other side, without half a surrogate pair at the end."""
    if len(text) * 2 <= limit:
        return text
    units = text[: limit + 1].encode("utf-16-le", "surrogatepass")[: limit * 2]
    kept = units.decode("utf-16-le", "surrogatepass")
    return kept[:-1] if len(kept) < len(text) and "\ud800" <= kept[-1:] <= "\udbff" else kept


def cut(text, limit=TEXT_LIMIT):
    """Cuts a text and says how much was left out."""
    kept = clip(text, limit)
    return text if len(kept) == len(text) else "%s\n\u2026 %d more characters" % (kept, len(text) - len(kept))


class Ordinals(dict):
    """Tells cases of the same path apart."""

    def next(self, path):
        key = tuple(path)
        self[key] = self.get(key, -1) + 1
        return self[key]


def path_of(item):
    import pytest

    titles = []
    for node in reversed(item.listchain()):
        if node is not item and isinstance(node, (pytest.File, pytest.Session)):
            break
        titles.append(clip(node.name, TITLE_LIMIT))
    return titles[:64][::-1]


def identity_of(item, ordinals, place):
    path = path_of(item)
    return {"path": path, "ordinal": ordinals.next(path), **place(item)}


def cases_of(identity, reports, ordinals):
    """The cases of one test: its own, before it those of its subtests."""
    retries, phases, subtests = 0, {}, []
    duration = 0.0
    for report in reports:
        if type(report).__name__.lower() == "subtestreport":
            subtests.append(report)
            continue
        duration += getattr(report, "duration", 0.0) or 0.0
        if report.outcome == "rerun":
            retries += 1
            phases, subtests = {}, []
        else:
            phases[report.when] = report
    for report in subtests:
        path = identity["path"][:63] + [clip(subtest_title(report), TITLE_LIMIT)]
        subtest = {**identity, "path": path, "ordinal": ordinals.next(path), "duration_ms": milliseconds(report.duration)}
        yield {**subtest, **verdict_of({"call": report})}
    yield {**identity, "duration_ms": milliseconds(duration), **({"retries": retries} if retries else {}), **verdict_of(phases)}


def collection_case(report, file):
    """A file, or a class in it, that could not be collected or asked to be skipped: pytest counts one each."""
    case = {"path": [os.path.basename(report.nodeid) or os.path.basename(file)], "duration_ms": 0, "file": file}
    if report.skipped:
        case.update(status="skipped", message=cut(skip_reason(report)))
    else:
        case.update(status="errored", message=cut(crash_message(report)), details=cut(text_of_longrepr(report)))
    return case


def verdict_of(phases):
    setup, call, teardown = phases.get("setup"), phases.get("call"), phases.get("teardown")
    failed = [report for report in (setup, call, teardown) if report is not None and report.failed]
    skipped = [report for report in (setup, call) if report is not None and report.skipped]
    verdict = {}
    if failed:
        verdict["status"] = "failed" if failed[0] is call else "errored"
        verdict["message"] = cut(crash_message(failed[0]))
        verdict["details"] = cut("\n\n".join(text_of_longrepr(report) for report in failed))
        if verdict["message"].startswith("[XPASS(strict)]"):
            verdict["note"] = "unexpected-pass"
    elif skipped:
        verdict["status"] = "skipped"
        expected = getattr(skipped[0], "wasxfail", None)
        if expected is not None:
            verdict["note"] = "expected-failure"
        reason = expected or skip_reason(skipped[0])
        if reason:
            verdict["message"] = cut(reason)
    elif call is None:
        verdict.update(status="errored", message="pytest reported no result for this test")
    else:
        verdict["status"] = "passed"
        expected = getattr(call, "wasxfail", None)
        if expected is not None:
            verdict["note"] = "unexpected-pass"
            if expected:
                verdict["message"] = cut(expected)
    last = teardown or call or setup
    if last is not None:
        verdict.update(attachments_of(last))
    return verdict


def attachments_of(report):
    found = {}
    sections = [(title, text) for title, text in report.sections if text]
    if len(sections) == 1 and sections[0][0] == "Captured stdout call":
        found["output"] = cut(sections[0][1])
    elif sections:
        found["output"] = cut("\n".join("--- %s ---\n%s" % section for section in sections))
    properties = getattr(report, "user_properties", None)
    if properties:
        found["properties"] = {clip(str(name), 256): cut(str(value), MESSAGE_LIMIT) for name, value in properties[:100]}
    return found


def subtest_title(report):
    for name in ("_sub_test_description", "sub_test_description"):
        describe = getattr(report, name, None)
        if describe is not None:
            return str(describe()) or "subtest"
    return "subtest"


def skip_reason(report):
    longrepr = report.longrepr
    reason = str(longrepr[2]) if isinstance(longrepr, tuple) and len(longrepr) == 3 else crash_message(report)
    return reason[len("Skipped: ") :] if reason.startswith("Skipped: ") else reason


def text_of_longrepr(report):
    try:
        return report.longreprtext
    except Exception as error:  # the representation runs code of the tests'
        return "the failure cannot be shown: %r" % type(error)


def crash_message(report):
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None and getattr(crash, "message", None):
        return str(crash.message)
    lines = [line.strip() for line in text_of_longrepr(report).splitlines() if line.strip()]
    marked = [line[1:].strip() for line in lines if line.startswith("E ")]
    if marked:
        return marked[-1]
    for index, line in enumerate(lines):
        if line.startswith(("Expected", "UNEXPECTED EXCEPTION")):  # a doctest's
            return "\n".join(lines[index : index + 4])
    return lines[0] if lines else "no message"


def milliseconds(seconds):
    return max(0.0, round((seconds or 0.0) * 1000, 3))


def outcome_of(statuses, trouble):
    """The task's outcome: `trouble` is what kept the file as a whole from running, as a kind and a message."""
    failed = [entry for entry in statuses if entry[0] == "failed"]
    errored = [entry for entry in statuses if entry[0] == "errored"]
    if failed:
        failure = {"kind": "assertion", "message": account(failed, statuses, "failed")}
        # What kept others from being run is no less true for a test that failed before.
        return {"outcome": "failed", "failure": failure if trouble is not None else {**failure, "complete": True}}
    if trouble is not None:
        return {"outcome": "errored", "failure": {"kind": trouble[0], "message": cut(trouble[1], MESSAGE_LIMIT)}}
    if errored:
        message = account(errored, statuses, "could not be set up or torn down")
        return {"outcome": "errored", "failure": {"kind": "setup-error", "message": message}}
    if any(entry[0] == "passed" for entry in statuses):
        return {"outcome": "passed"}
    return {"outcome": "skipped"}


def account(bad, statuses, what):
    _, path, message = bad[0]
    text = "%d of %d cases %s. %s: %s" % (len(bad), len(statuses), what, " > ".join(path), message)
    return cut(text, MESSAGE_LIMIT)
