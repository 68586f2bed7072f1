"""Runs: what they store is what the engine says, they happen whole or not at all, and only changes are written."""

import datetime as dt

import polars as pl
import pytest
from django.db import IntegrityError, connection, transaction

from tests import cast as people
from tests.entitlements.conftest import DAY, NEXT, SERVICES, doing
from yinian.core.errors import Forbidden, NotVisible, Refused
from yinian.core.inbox.models import WorkItem, WorkStep
from yinian.core.models import AuditRow
from yinian.engines.entitlement import CHECK, DUE, SUPERSEDED, evaluate
from yinian.entitlements import actions, frames, packs, perform, queries, snapshots
from yinian.entitlements.codes import FACT_BITS, facts_in, split
from yinian.entitlements.models import Figure, Outcome, Receipt, Run, ServiceNumber, Status
from yinian.people.circumstances.queries import facts_frame


def stored() -> set[tuple]:
    """Person, service, status, amount, facts to find out: as the database has them."""
    names = dict(ServiceNumber.objects.values_list("number", "service_id"))
    return {
        (row.person_id, names[entry.service_number], entry.status.name.lower(), entry.amount_fen, tuple(entry.unknown))
        for row in Outcome.objects.filter(until_run__isnull=True)
        for entry in queries.entries(row)
    }


def test_a_run_stores_what_the_engine_says_row_by_row(run, cast, folk):
    done = run(cast.bureau)
    pack = packs.in_force(people.COUNTY).pack
    facts = facts_frame(people.COUNTY, DAY, done.known_at)
    said = evaluate(pack, facts, DAY, with_unknown_facts=True)
    expected = {
        (int(row["person_id"]), row["service_id"], row["status"], row["amount_fen"],
         tuple(sorted(filter(None, row["unknown_facts"].split(";")), key=FACT_BITS.__getitem__)))
        for row in said.iter_rows(named=True)
    }
    assert stored() == expected
    assert done.people == 5 and done.outcomes == len(expected)
    poor = {name: status for person, name, status, _a, _u in stored() if person == folk["poor"].pk}
    assert poor["small-subsidy"] == "superseded" and poor["large-subsidy"] == "due" and poor["visit"] == "check"


def test_the_run_of_a_generated_county_is_the_engines_outcome(cast, settings):
    """The real packs over drawn facts, held to the long form of the engine."""
    pack = packs.load("cn/hunan/yueyang/miluo").pack
    facts = _drawn_facts(400)
    numbers = {service.id: n for n, service in enumerate(pack.services, start=1)}
    found = frames.outcomes(pack, facts, DAY, numbers)
    said = evaluate(pack, facts, DAY, with_unknown_facts=True)
    names = {n: name for name, n in numbers.items()}
    ours = {(r[0], names[r[2]], r[3], r[4], frozenset(facts_in(r[5]))) for r in found.iter_rows()}
    theirs = {
        (int(r["person_id"]), r["service_id"], ("not_due", "due", "check", "superseded").index(r["status"]),
         r["amount_fen"], frozenset(filter(None, r["unknown_facts"].split(";"))))
        for r in said.iter_rows(named=True)
    }
    assert ours == theirs and len(ours) > 400


def _drawn_facts(count: int) -> pl.DataFrame:
    import random

    from yinian.engines.entitlement import FACTS

    chance = random.Random(7)
    rows = []
    for n in range(count):
        row = {"person_id": str(n + 1), "region_code": people.A1}
        for fact in FACTS.values():
            if fact.name in ("person_id", "age"):
                continue
            if chance.random() < 0.3:
                row[fact.name] = None
            elif fact.name == "birth_date":
                row[fact.name] = dt.date(1920 + chance.randrange(45), 1 + chance.randrange(12), 1)
            elif fact.type == "date":
                row[fact.name] = None if fact.name == "died_on" else dt.date(2023, 5, 5)
            elif fact.type == "bool":
                row[fact.name] = chance.random() < 0.5
            elif fact.type == "number":
                row[fact.name] = chance.randint(fact.low or 0, fact.high or 4)
            elif fact.values:
                row[fact.name] = chance.choice(list(fact.values))
            else:
                row[fact.name] = chance.choice([people.A1, people.B1, "430621100201"])
        rows.append(row)
    schema = {name: {"text": pl.String, "number": pl.Int64, "bool": pl.Boolean, "date": pl.Date}[fact.type]
              for name, fact in FACTS.items() if name != "age"} | {"region_code": pl.String}
    return pl.DataFrame(rows, schema=schema)


def test_every_fact_that_can_be_unknown_has_a_bit_of_its_own():
    from yinian.engines.entitlement import FACTS

    assert set(FACT_BITS) == set(FACTS) - {"person_id", "age"}
    assert len(set(FACT_BITS.values())) == len(FACT_BITS) and max(FACT_BITS.values()) < 63


def test_villages_add_up_to_the_county(run, cast, folk):
    Receipt.objects.create(person=folk["old"], service_id="age-allowance", period=(dt.date(2024, 1, 1), None),
                           department="civil_affairs", recorded_by=cast.bureau)
    Receipt.objects.create(person=folk["alone"], service_id="age-allowance", period=(dt.date(2024, 1, 1), None),
                           department="civil_affairs", recorded_by=cast.bureau)
    done = run(cast.bureau)
    county = queries.figures_of(cast.bureau, [done], people.COUNTY)
    towns = [queries.figures_of(cast.bureau, [done], code) for code in (people.TOWN_A, people.TOWN_B)]
    villages = [queries.figures_of(cast.bureau, [done], code)
                for code in (people.A1, people.A2, people.B1, people.B2)]
    for parts in (towns, villages):
        for service, whole in county.items():
            for name in queries.Sums.__dataclass_fields__:
                part_sum = sum(getattr(part.get(service, queries.Sums()), name) for part in parts)
                assert part_sum == getattr(whole, name), (service, name)
    # And each village is what the outcome says of its people: no row is lost on the way to the figures.
    standing = perform.standing_frame(done)
    names = {number: name for name, number in perform.service_numbers(packs.in_force(people.COUNTY, DAY).pack).items()}
    for code, figures in zip((people.A1, people.A2, people.B1, people.B2), villages, strict=True):
        here = standing.filter(pl.col("region_code").str.starts_with(code))
        for status, figure in ((DUE, "due"), (CHECK, "to_check"), (SUPERSEDED, "superseded")):
            told = {name: n for name in names.values() if name in figures and (n := getattr(figures[name], figure))}
            rows = here.filter(pl.col("status") == status).group_by("service").len().iter_rows()
            assert told == {names[number]: count for number, count in rows}
    allowance = county["age-allowance"]
    assert (allowance.due, allowance.receiving, allowance.missing, allowance.undue) == (2, 1, 1, 1)
    assert allowance.amount_fen == 5000 + 10000
    assert county["small-subsidy"].superseded == 1 and county["small-subsidy"].amount_fen == 0
    assert county["large-subsidy"].amount_fen == 1000  # a yearly 120 yuan, by the month
    assert county[""].due == 4 and county[""].undue == 1


def test_each_figure_is_as_long_as_the_list_behind_it(run, cast, folk):
    Receipt.objects.create(person=folk["old"], service_id="age-allowance", period=(dt.date(2024, 1, 1), None),
                           department="civil_affairs")
    Receipt.objects.create(person=folk["poor"], service_id="visit", period=(dt.date(2024, 1, 1), None),
                           department="village")
    run(cast.bureau)
    folk["alone"].spells.filter(kind="living").update(value="children")
    people.make_spell(folk["elsewhere"], "living", "alone", department="village")
    done = run(cast.bureau, NEXT)
    services = queries.services_of([done])
    sums = queries.figures_of(cast.bureau, [done], people.COUNTY)
    for chosen in [None, *services]:
        for measure in queries.MEASURES:
            wanted = [chosen] if chosen else services
            found = queries.people_with(cast.bureau, [done], people.COUNTY, wanted, measure).count()
            figure = sums.get(chosen.id if chosen else "", queries.Sums())
            assert found == getattr(figure, measure), (chosen and chosen.id, measure)
    assert sums["visit"].newly == 1 and sums["visit"].ended == 1


def test_a_second_run_on_unchanged_facts_writes_no_outcome(run, cast, folk):
    run(cast.bureau)
    before = set(Outcome.objects.values_list("pk", "until_run"))
    second = run(cast.bureau, NEXT)
    assert set(Outcome.objects.values_list("pk", "until_run")) == before
    assert second.counts["written"] == second.counts["closed"] == 0
    assert second.counts["people"]["newly"] == second.counts["people"]["ended"] == 0


def test_one_changed_fact_gives_just_its_newly_and_no_longer_rows(run, cast, folk):
    first = run(cast.bureau)
    folk["alone"].spells.filter(kind="living").update(value="children")
    second = run(cast.bureau, NEXT)
    assert second.counts["closed"] == 1 and second.counts["written"] == 0  # he stands for nothing any more
    assert Outcome.objects.filter(until_run=second).get().person_id == folk["alone"].pk
    services = queries.services_of([second])
    ended = queries.people_with(cast.bureau, [second], people.COUNTY, services, "ended")
    assert [p.pk for p in ended] == [folk["alone"].pk]
    people.make_spell(folk["poor"], "living", "alone", department="village")
    third = run(cast.bureau, NEXT)
    newly = queries.people_with(cast.bureau, [third], people.COUNTY, services, "newly")
    assert [p.pk for p in newly] == [folk["poor"].pk]
    standing = {e.service_number: e for e in queries.standings_of([folk["poor"].pk])[folk["poor"].pk]}
    numbers = dict(ServiceNumber.objects.values_list("service_id", "number"))
    assert standing[numbers["visit"]].since == third.pk
    assert standing[numbers["small-subsidy"]].since == first.pk  # what did not change keeps its day
    events = queries.history_of(cast.bureau, folk["poor"])
    assert [(e.service_id, e.before, e.after) for e in events if e.run == third] == [
        ("visit", Status.CHECK, Status.DUE)
    ]


def test_a_person_who_grows_old_becomes_due_on_the_day(run, cast, county):
    person = people.make_person(people.A1, birth=dt.date(1944, 6, 2))
    people.make_spell(person, "living", "spouse", department="village")
    people.make_spell(person, "relief", "none")
    run(cast.bureau, DAY)
    assert not stored()
    run(cast.bureau, NEXT)
    assert {row[1:4] for row in stored()} == {("age-allowance", "due", 5000)}


def test_a_crash_inside_the_effect_leaves_nothing_and_the_retry_gives_one_result(run, cast, folk, monkeypatch):
    job = actions.start_run(cast.bureau, people.COUNTY, DAY)

    def broken(*args, **kwargs):
        raise OSError("on purpose")

    with monkeypatch.context() as patched:
        patched.setattr(perform, "record", broken)  # the last write but one
        with pytest.raises(OSError, match="on purpose"):
            perform.perform(doing(job))
    assert not Run.objects.exists() and not Outcome.objects.exists() and not Figure.objects.exists()
    assert not WorkItem.objects.filter(kind__startswith="entitlements.").exists()
    with monkeypatch.context() as patched:
        # Killed after the files have their place and before the commit: the folder must not outlive it either.
        real = snapshots.settle

        def settled_then_killed(place, run_id):
            real(place, run_id)
            raise OSError("on purpose")

        patched.setattr(snapshots, "settle", settled_then_killed)
        with pytest.raises(OSError, match="on purpose"):
            perform.perform(doing(job))
    perform.perform(doing(job))
    done = Run.objects.get()
    assert Outcome.objects.count() == Outcome.objects.values("person").distinct().count() > 0
    assert [place.name for place in snapshots.folder().iterdir()] == [str(done.pk)]


def test_the_sweep_spares_the_folder_of_a_run_under_way(run, cast, folk):
    job = actions.start_run(cast.bureau, people.COUNTY, DAY)
    place = snapshots.begin(99, job.pk)
    assert snapshots.sweep(own_job=job.pk + 1) == 0 and place.is_dir()
    assert snapshots.sweep(own_job=job.pk) == 1 and not place.is_dir()


def test_a_run_that_compared_with_another_state_does_not_commit(run, cast, folk, monkeypatch):
    job = actions.start_run(cast.bureau, people.COUNTY, DAY)
    ctx = doing(job)
    real = perform.frames.figures

    def meanwhile(*args, **kwargs):
        Run.objects.create(region_id=people.COUNTY, as_of=DAY, known_at="2024-06-01T00:00:00Z", state="done",
                           started_by=cast.bureau)
        return real(*args, **kwargs)

    monkeypatch.setattr(perform.frames, "figures", meanwhile)
    with pytest.raises(Refused, match=r"比对|run"):
        perform.perform(ctx)
    assert not Outcome.objects.exists()


def test_an_altered_snapshot_is_refused_and_a_whole_one_repeats(run, cast, folk):
    done = run(cast.bureau)
    assert actions.verify_run(cast.bureau, done.pk) == actions.Verdict(True, "", True)
    path = snapshots.path_of(done.snapshot_file)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(snapshots.Altered):
        snapshots.read(done.snapshot_file, done.snapshot_sha256)
    verdict = actions.verify_run(cast.bureau, done.pk)
    assert not verdict.files_whole and verdict.problem
    path.unlink()
    assert not actions.verify_run(cast.bureau, done.pk).files_whole
    assert AuditRow.objects.filter(action="entitlements.verify").count() == 3


def test_a_lost_outcome_file_is_made_good_from_the_database(run, cast, folk):
    first = run(cast.bureau)
    kept = snapshots.read(first.outcome_file, first.outcome_sha256)
    assert perform.stored_frame(people.COUNTY).equals(kept.select(*frames.STANDING))
    snapshots.path_of(first.outcome_file).write_bytes(b"not a table")
    second = run(cast.bureau, NEXT)
    assert second.counts["written"] == second.counts["closed"] == 0


def test_inbox_items_are_asked_once_and_settled_when_found_out(run, cast, folk):
    run(cast.bureau)
    items = {item.key: item for item in WorkItem.objects.filter(kind__startswith="entitlements.check.")}
    assert set(items) == {f"check:{people.B1}:living", f"check:{people.B2}:living"}
    item = items[f"check:{people.B1}:living"]
    assert item.params == {"count": 1} and item.role == "village_worker" and item.region_id == people.B1
    assert WorkStep.objects.filter(item=item).count() == 1
    run(cast.bureau, NEXT)
    assert WorkItem.objects.filter(kind__startswith="entitlements.check.").count() == 2
    item.refresh_from_db()
    assert item.version == 1
    people.make_spell(folk["poor"], "living", "spouse", department="village")
    run(cast.bureau, NEXT)
    item.refresh_from_db()
    assert item.state == WorkItem.State.DONE and item.closed_by == cast.bureau
    assert WorkItem.objects.filter(state="open", kind__startswith="entitlements.check.").count() == 1


def test_an_item_says_the_new_count_when_more_are_to_be_asked(run, cast, folk):
    run(cast.bureau)
    people.make_person(people.B1, "黄菊香", birth=dt.date(1950, 1, 1))
    run(cast.bureau, NEXT)
    item = WorkItem.objects.get(key=f"check:{people.B1}:living", state="open")
    assert item.params == {"count": 2} and item.version == 2


def test_ability_is_asked_of_the_assessors_at_the_county(run, cast, folk):
    people.make_spell(folk["old"], "move", "in")  # some other circumstance tells nothing of it
    folk["poor"].spells.filter(kind="ability").delete()
    run(cast.bureau)
    item = WorkItem.objects.get(key=f"check:{people.COUNTY}:ability_level")
    assert item.role == "assessor" and item.region_id == people.COUNTY


def test_a_run_is_for_whom_the_county_is_in_reach(run, cast, folk):
    with pytest.raises(Forbidden):
        actions.start_run(cast.town_a, people.COUNTY, DAY)
    with pytest.raises(NotVisible):
        actions.start_run(cast.stranger, people.COUNTY, DAY)
    with pytest.raises(Refused):
        actions.start_run(cast.bureau, people.TOWN_A, DAY)
    with pytest.raises(Refused):
        actions.start_run(cast.bureau, people.COUNTY, dt.date(2199, 1, 1))
    run(cast.bureau, NEXT)
    with pytest.raises(Refused):
        actions.start_run(cast.bureau, people.COUNTY, DAY)


def test_a_run_under_way_is_not_started_twice(pack, cast, folk):
    first = actions.start_run(cast.bureau, people.COUNTY, DAY)
    assert actions.start_run(cast.bureau, people.COUNTY, NEXT).pk == first.pk


def test_a_broken_pack_is_named_by_file_and_line(pack, cast, folk):
    text = SERVICES.replace("living = 'alone'", "colour = 'red'")
    (pack / "services" / "10.yaml").write_text(text, "utf-8")
    with pytest.raises(packs.BadPack, match=r"10\.yaml"):
        actions.start_run(cast.bureau, people.COUNTY, DAY)
    (pack / "services" / "10.yaml").write_text(SERVICES, "utf-8")
    assert packs.in_force(people.COUNTY).pack.services


def test_the_nightly_run_takes_every_county_with_people_and_a_pack(pack, cast, folk):
    assert actions.start_nightly() == 1


def test_the_database_holds_one_standing_row_a_person_and_no_run_that_is_not_there(run, cast, folk):
    done = run(cast.bureau)
    row = Outcome.objects.filter(until_run__isnull=True).first()
    with pytest.raises(IntegrityError), transaction.atomic():
        Outcome.objects.create(person=row.person, region_code=row.region_code, codes=[5], amounts=[None], unknown=[0],
                               since=[done.pk], from_run=done)
    with pytest.raises(IntegrityError), transaction.atomic():
        Outcome.objects.filter(pk=row.pk).update(amounts=[])
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE entitlements_outcome SET until_run_id = 999999 WHERE id = %s", [row.pk])
    assert split(row.codes[0])[1] in Status
