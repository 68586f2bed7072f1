"""A departmental list from the upload to the register and back: faults, idempotence, conflicts, complete lists."""

import datetime as dt
import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from tests.cast import A1, A2, B1, COUNTY, TOWN_A, make_id_number, make_person, make_spell
from tests.people.imports.tools import (
    AS_OF,
    checked,
    load,
    picture,
    row_of,
    run,
    saved,
    take_back,
    upload,
    values_of,
    workbook,
)

from yinian.core.errors import NotVisible, Refused
from yinian.core.inbox.models import WorkItem
from yinian.core.jobs.models import Job
from yinian.people.imports import actions, loading
from yinian.people.models import Conflict, ImportBatch, Person, Roll, Spell

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(cast):
    return [make_person(A1, name) for name in ("李桂花", "周建国", "陈秀英", "黄国强", "刘玉兰", "吴志明")]


def relief(person, kind="dibao", **more):
    return row_of(person, relief=kind, **more)


class TestFaults:
    def test_five_faults_come_back_red_are_mended_and_loaded(self, cast, people):
        a, b, c, _d, e, f = people
        wrong = a.id_number[:17] + ("1" if a.id_number[17] != "1" else "2")
        rows = [
            {"name": a.name, "id_number": wrong, "relief": "dibao"},
            relief(b, "贫困户"),
            relief(c, relief_from="2025-13-01"),
            {"name": "外乡人", "birth_date": "1940-01-01", "village": "不存在村", "relief": "dibao"},
            relief(e, "dibao", failed="9"),
            relief(f),
        ]
        batch = upload(cast.bureau, "relief", rows, COUNTY)
        assert batch.state == "checked" and batch.counts["faulty"] == 5 and batch.counts["matched"] == 1
        book = openpyxl.load_workbook(io.BytesIO(b"".join(actions.attachments.open(cast.bureau, batch.returned))))
        sheet = book.worksheets[0]
        heads = {str(cell.value).rstrip("*"): cell.column for cell in sheet[1]}
        keys = [column.key for column in actions.spec_of(batch).sheet.columns]
        place = {key: index + 1 for index, key in enumerate(keys)}
        red = [
            (row, key)
            for row in range(2, 8)
            for key, column in place.items()
            if sheet.cell(row, column).fill.fgColor.rgb == "FFFFC7CE"
        ]
        assert red == [(2, "id_number"), (3, "relief"), (4, "relief_from"), (5, "village"), (6, "failed")]
        assert all(sheet.cell(row, len(heads)).value for row in range(2, 7)) and not sheet.cell(7, len(heads)).value
        sheet.cell(2, place["id_number"], a.id_number)
        sheet.cell(3, place["relief"], "低保")
        sheet.cell(4, place["relief_from"], "2025-01-01")
        sheet.cell(5, place["village"], "汨罗镇汴塘村")
        sheet.cell(6, place["failed"], "3")
        mended = upload(cast.bureau, "relief", saved(book), COUNTY)
        assert mended.counts["faulty"] == 0 and mended.returned is None, mended.counts
        load(cast.bureau, mended)
        assert values_of(c)["relief"] == ("dibao", None)
        assert values_of(e)["self_care"] == ("", 3)
        assert Person.objects.filter(name="外乡人", region=A1).count() == 1

    def test_sound_rows_are_loaded_while_faulty_ones_wait(self, cast, people):
        batch = upload(cast.bureau, "relief", [relief(people[0]), relief(people[1], "贫困户")], COUNTY)
        load(cast.bureau, batch)
        assert "relief" in values_of(people[0]) and "relief" not in values_of(people[1])

    def test_two_rows_with_one_id_number_name_each_other(self, cast, people):
        batch = upload(cast.bureau, "relief", [relief(people[0]), relief(people[0], "tekun")], COUNTY)
        assert batch.counts["faulty"] == 2 and batch.counts["matched"] == 0

    def test_a_row_of_another_area_is_a_fault_of_that_row(self, cast, people):
        other = make_person(B1, "外镇人")
        rows = [
            relief(people[0]),
            relief(other),
            {
                "name": "生人",
                "id_number": make_id_number(dt.date(1941, 1, 1), "male"),
                "village": "大托村",
                "relief": "dibao",
            },
        ]
        batch = upload(cast.town_a, "relief", rows, TOWN_A)
        assert batch.counts["faulty"] == 2 and batch.counts["matched"] == 1

    def test_a_person_on_record_as_dead_is_a_fault(self, cast, people):
        people[0].state, people[0].died_on = "dead", dt.date(2025, 1, 1)
        people[0].save()
        assert upload(cast.bureau, "relief", [relief(people[0])], COUNTY).counts["faulty"] == 1

    def test_a_first_day_after_the_list_or_before_birth_is_a_fault(self, cast, people):
        rows = [relief(people[0], relief_from="2025-09-01"), relief(people[1], relief_from="1935-01-01")]
        assert upload(cast.bureau, "relief", rows, COUNTY).counts["faulty"] == 2


class TestBadFiles:
    @pytest.mark.parametrize(
        "content", [b"", b"%PDF-1.4 x", b"PK\x03\x04broken", b"MZ\x90\x00", b"<html><table></table></html>"]
    )
    def test_what_is_no_list_is_refused_with_a_sentence(self, cast, content):
        with pytest.raises(Refused) as refusal:
            actions.upload(cast.bureau, "relief", SimpleUploadedFile("x.xlsx", content), AS_OF, COUNTY)
        assert refusal.value.fields.get("file")
        assert not ImportBatch.objects.exists()

    def test_a_sheet_without_the_columns_leaves_a_refused_batch_that_says_why(self, cast):
        book = openpyxl.Workbook()
        book.active.append(["姓名", "备注"])
        book.active.append(["李桂花", "x"])
        batch = upload(cast.bureau, "relief", saved(book), COUNTY)
        assert (
            batch.state == "refused" and batch.problem and batch.counts["refused"] in ("missing_columns", "no_header")
        )
        with pytest.raises(Refused):
            actions.start_commit(cast.bureau, batch.pk)

    def test_an_empty_list_leaves_a_refused_batch(self, cast):
        batch = upload(cast.bureau, "relief", [], COUNTY)
        assert batch.state == "refused" and batch.counts["refused"] == "empty_sheet"


class TestLoading:
    def test_a_second_loading_of_the_same_content_changes_nothing(self, cast, people):
        rows = [relief(p) for p in people]
        first = load(cast.bureau, upload(cast.bureau, "relief", rows, COUNTY))
        before = picture()
        second = upload(cast.bureau, "relief", list(reversed(rows)), COUNTY)
        assert second.counts["already"] == first.pk
        load(cast.bureau, second)
        assert second.state == "checked" and picture() == before
        with pytest.raises(Refused):
            actions.start_commit(cast.bureau, first.pk)

    def test_the_same_values_again_change_nothing_and_a_newer_one_follows(self, cast, people):
        load(cast.bureau, upload(cast.bureau, "relief", [relief(people[0], relief_from="2024-01-01")], COUNTY))
        later = dt.date(2025, 9, 1)
        batch = upload(
            cast.bureau, "relief", [relief(people[0], "tekun", relief_from="2025-08-01")], COUNTY, as_of=later
        )
        assert batch.counts["replaced"] == 1
        load(cast.bureau, batch)
        spells = list(people[0].spells.filter(kind="relief", retracted_at__isnull=True).order_by("valid"))
        assert [(s.value, s.valid.lower, s.valid.upper) for s in spells] == [
            ("dibao", dt.date(2024, 1, 1), dt.date(2025, 8, 1)),
            ("tekun", dt.date(2025, 8, 1), None),
        ]
        assert people[0].spells.filter(retracted_batch=batch).count() == 1

    def test_an_older_list_does_not_overrule_a_later_record(self, cast, people):
        make_spell(people[0], "relief", "tekun", since=dt.date(2025, 8, 1))
        load(cast.bureau, upload(cast.bureau, "relief", [relief(people[0], relief_from="2024-01-01")], COUNTY))
        spells = list(people[0].spells.filter(retracted_at__isnull=True).order_by("valid"))
        assert [(s.value, s.valid.lower, s.valid.upper) for s in spells] == [
            ("dibao", dt.date(2024, 1, 1), dt.date(2025, 8, 1)),
            ("tekun", dt.date(2025, 8, 1), None),
        ]

    def test_another_departments_word_stands_and_the_town_is_asked(self, cast, people):
        make_spell(people[0], "disability", "visual", 2, department="disabled_federation")
        batch = upload(cast.bureau, "relief", [relief(people[0], category="hearing", grade="3")], COUNTY)
        assert batch.counts["conflicts"] == 1
        load(cast.bureau, batch)
        assert values_of(people[0])["disability"] == ("visual", 2)
        conflict = Conflict.objects.get(person=people[0])
        assert (conflict.claimed_value, conflict.claimed_grade, conflict.state) == ("hearing", 3, "open")
        item = WorkItem.objects.get(kind="people.conflict", state="open")
        assert item.region_id == TOWN_A and item.role == "town_officer"

    def test_a_village_record_gives_way_to_the_authority(self, cast, people):
        make_spell(people[0], "relief", "none", department="village")
        load(cast.bureau, upload(cast.bureau, "relief", [relief(people[0])], COUNTY))
        assert values_of(people[0])["relief"] == ("dibao", None) and not Conflict.objects.exists()

    def test_a_complete_list_ends_what_it_no_longer_says_and_makes_a_roll(self, cast, people):
        rows = [relief(p, relief_from="2024-01-01") for p in people]
        load(cast.bureau, upload(cast.bureau, "relief", rows, COUNTY, complete=True, as_of=dt.date(2025, 1, 1)))
        assert Roll.objects.filter(kind="relief", retracted_at__isnull=True).count() == 1
        batch = upload(cast.bureau, "relief", rows[:4], COUNTY, complete=True)
        assert batch.counts["struck_people"] == 2 and batch.counts["as_whole"]
        load(cast.bureau, batch)
        gone = people[4].spells.get(kind="relief", retracted_at__isnull=True)
        assert gone.valid.upper == AS_OF and "relief" in values_of(people[0]) and "relief" not in values_of(people[4])

    def test_a_complete_list_with_a_fault_strikes_nobody(self, cast, people):
        load(
            cast.bureau,
            upload(
                cast.bureau, "relief", [relief(p) for p in people], COUNTY, complete=True, as_of=dt.date(2025, 1, 1)
            ),
        )
        batch = upload(cast.bureau, "relief", [relief(people[0]), relief(people[1], "贫困户")], COUNTY, complete=True)
        assert batch.counts["struck_people"] == 0 and not batch.counts["as_whole"]

    def test_deaths_change_the_entry_and_the_register_makes_people(self, cast, people):
        load(cast.bureau, upload(cast.bureau, "ps_deaths", [row_of(people[0], died_on="2025-05-01")], COUNTY))
        people[0].refresh_from_db()
        assert people[0].state == "dead" and people[0].died_on == dt.date(2025, 5, 1)
        number = make_id_number(dt.date(1944, 1, 5), "female")
        rows = [
            {"name": "单雄信", "id_number": number, "village": "蟠龙桥村", "phone": "13800000000", "address": "二组3号"}
        ]
        batch = load(cast.bureau, upload(cast.bureau, "ps_register", rows, COUNTY))
        person = Person.objects.get(name="单雄信")
        assert (person.id_number, person.sex, person.region_id, person.phone) == (number, "female", A2, "13800000000")
        assert person.name_pinyin == "shanxiongxin" and person.birth_date == dt.date(1944, 1, 5)
        assert person.created_from == "public_security" and batch.counts["new_people"] == 1

    def test_a_move_within_changes_who_answers_for_the_person(self, cast, people):
        rows = [
            row_of(people[0], move="within", moved_on="2025-05-02", village="大托村"),
            row_of(people[1], move="out", moved_on="2025-05-03"),
        ]
        load(cast.bureau, upload(cast.bureau, "ps_moves", rows, COUNTY))
        people[0].refresh_from_db()
        people[1].refresh_from_db()
        assert people[0].region_id == B1 and people[0].state == "living" and people[1].state == "moved_out"
        assert values_of(people[0])["residence"] == (B1, None)

    def test_a_pension_no_longer_paid_counts_as_none(self, cast, people):
        load(cast.bureau, upload(cast.bureau, "ss_pension", [row_of(people[0], pension="employee", paid="否")], COUNTY))
        assert values_of(people[0])["pension"] == ("none", None)

    def test_people_under_sixty_are_not_entered(self, cast):
        rows = [
            {
                "name": "小李",
                "id_number": make_id_number(dt.date(1990, 1, 1), "male"),
                "village": "汴塘村",
                "relief": "dibao",
            }
        ]
        batch = upload(cast.bureau, "relief", rows, COUNTY)
        assert batch.counts["young"] == 1 and batch.counts["new"] == 0

    def test_a_crash_while_writing_leaves_nothing(self, cast, people, monkeypatch):
        batch = upload(cast.bureau, "relief", [relief(p) for p in people], COUNTY)
        before = picture()
        monkeypatch.setattr(loading, "_set_beside", lambda *args: (_ for _ in ()).throw(RuntimeError("crash")))
        with pytest.raises(RuntimeError):
            load(cast.bureau, batch)
        batch.refresh_from_db()
        assert picture() == before and batch.state == "checked"
        monkeypatch.undo()
        load(cast.bureau, batch)
        assert batch.state == "committed"

    def test_a_job_run_again_after_its_commit_has_no_second_effect(self, cast, people):
        batch = upload(cast.bureau, "relief", [relief(p) for p in people], COUNTY)
        load(cast.bureau, batch)
        spells = Spell.objects.count()
        job = Job.objects.get(pk=batch.job_id)
        assert job.state == "done"
        run(job)
        assert Spell.objects.count() == spells

    def test_the_database_itself_refuses_a_second_loading(self, cast, people):
        batch = load(cast.bureau, upload(cast.bureau, "relief", [relief(people[0])], COUNTY))
        other = upload(cast.bureau, "relief", [relief(people[1])], COUNTY)
        other.state, other.content_sha256 = "committed", batch.content_sha256
        with pytest.raises(IntegrityError):
            other.save()


class TestDoubtfulRows:
    def test_a_person_without_number_is_put_before_somebody_and_nothing_is_merged(self, cast, people):
        row = {"name": people[0].name, "birth_date": "1940-05-02", "village": "汴塘村", "relief": "dibao"}
        batch = upload(cast.bureau, "relief", [row], COUNTY)
        assert batch.counts["waiting"] == 1
        load(cast.bureau, batch)
        assert "relief" not in values_of(people[0])

    def test_the_same_person_is_loaded_and_the_missing_number_filled_in(self, cast, county):
        person = make_person(A1, "欧阳桂兰")
        number = person.id_number
        Person.objects.filter(pk=person.pk).update(id_number=None, id_index=None, id_tail_index=None)
        batch = upload(
            cast.bureau,
            "relief",
            [{"name": "欧阳桂兰", "id_number": number, "village": "汴塘村", "relief": "tekun", "support": "central"}],
            COUNTY,
        )
        row = batch.rows.get()
        assert row.match in ("probable", "possible") and row.decision == "waiting"
        actions.decide(cast.bureau, row.pk, "same", person.pk)
        load(cast.bureau, batch)
        person.refresh_from_db()
        assert person.id_number == number and values_of(person)["support_form"] == ("central", None)

    def test_another_person_is_entered_anew_and_a_row_can_be_left_out(self, cast, people):
        rows = [
            {"name": p.name, "birth_date": "1940-05-02", "village": "汴塘村", "relief": "dibao"} for p in people[:2]
        ]
        batch = upload(cast.bureau, "relief", rows, COUNTY)
        first, second = batch.rows.order_by("row_no")
        actions.decide(cast.bureau, first.pk, "new")
        actions.decide(cast.bureau, second.pk, "skip")
        load(cast.bureau, batch)
        assert Person.objects.filter(name=people[0].name).count() == 2
        assert Person.objects.filter(name=people[1].name).count() == 1

    def test_one_number_with_a_wholly_different_name_is_never_taken_over(self, cast, people):
        batch = upload(cast.bureau, "relief", [relief(people[0]) | {"name": "王五"}], COUNTY)
        row = batch.rows.get()
        assert row.match == "exact" and batch.counts["matched"] == 0
        with pytest.raises(Refused):
            actions.decide(cast.bureau, row.pk, "new")

    def test_decisions_outlive_a_second_check(self, cast, people):
        row = {"name": people[0].name, "birth_date": "1940-05-02", "village": "汴塘村", "relief": "dibao"}
        batch = upload(cast.bureau, "relief", [row], COUNTY)
        actions.decide(cast.bureau, batch.rows.get().pk, "same", people[0].pk)
        actions.check_again(cast.bureau, batch.pk)
        batch.refresh_from_db()
        checked(batch)
        assert batch.rows.get().decision == "same" and batch.counts["waiting"] == 0 and batch.counts["matched"] == 1


class TestTakingBack:
    def test_a_list_taken_back_leaves_the_register_as_before(self, cast, people):
        make_spell(people[0], "relief", "tekun", since=dt.date(2020, 1, 1))
        make_spell(people[1], "disability", "visual", 1, department="disabled_federation")
        Person.objects.filter(pk=people[2].pk).update(phone=None)
        before = picture()
        rows = [
            relief(people[0], relief_from="2024-01-01"),
            relief(people[1], category="hearing", grade="2"),
            relief(people[2], phone="13900000000"),
            {
                "name": "新人",
                "id_number": make_id_number(dt.date(1930, 2, 2), "male"),
                "village": "汴塘村",
                "relief": "dibao",
            },
        ]
        batch = load(cast.bureau, upload(cast.bureau, "relief", rows, COUNTY, complete=True))
        assert picture() != before and Person.objects.filter(name="新人").exists()
        take_back(cast.bureau, batch)
        assert picture() == before and batch.state == "undone"
        assert not WorkItem.objects.filter(kind="people.conflict", state="open").exists()
        again = load(cast.bureau, upload(cast.bureau, "relief", rows, COUNTY, complete=True))
        assert again.state == "committed"

    def test_it_needs_a_reason_and_is_refused_when_something_later_stands_on_it(self, cast, people):
        first = load(cast.bureau, upload(cast.bureau, "relief", [relief(people[0])], COUNTY))
        with pytest.raises(Refused) as refusal:
            actions.start_undo(cast.bureau, first.pk, " ")
        assert "reason" in refusal.value.fields
        second = load(
            cast.bureau,
            upload(cast.bureau, "relief", [relief(people[0], "tekun")], COUNTY, as_of=dt.date(2025, 8, 1)),
        )
        standing = actions.blockers(cast.bureau, first)
        assert standing.people == 1 and standing.some == [people[0]]
        with pytest.raises(Refused):
            actions.start_undo(cast.bureau, first.pk, "错了")
        take_back(cast.bureau, second)
        take_back(cast.bureau, first)
        assert "relief" not in values_of(people[0])

    def test_a_newcomer_who_has_kin_by_now_is_not_taken_away(self, cast):
        rows = [
            {
                "name": "新人",
                "id_number": make_id_number(dt.date(1930, 2, 2), "male"),
                "village": "汴塘村",
                "relief": "dibao",
            }
        ]
        batch = load(cast.bureau, upload(cast.bureau, "relief", rows, COUNTY))
        Person.objects.get(name="新人").kin.create(name="新子", relation="儿子")
        with pytest.raises(Refused):
            actions.start_undo(cast.bureau, batch.pk, "错了")

    def test_what_was_believed_between_loading_and_taking_back_stays_readable(self, cast, people):
        make_spell(people[0], "relief", "tekun", since=dt.date(2020, 1, 1))
        batch = load(cast.bureau, upload(cast.bureau, "relief", [relief(people[0])], COUNTY))
        between = batch.committed_at + dt.timedelta(microseconds=1)
        take_back(cast.bureau, batch)
        from yinian.people.circumstances.queries import spells_on

        assert spells_on(people[0], AS_OF)["relief"].value == "tekun"
        assert spells_on(people[0], AS_OF, between)["relief"].value == "dibao"


class TestScope:
    def test_a_town_neither_sees_nor_touches_the_list_of_another(self, cast, people):
        batch = upload(cast.bureau, "relief", [relief(people[0])], COUNTY)
        for actor in (cast.town_a, cast.stranger):
            with pytest.raises(NotVisible):
                actions.start_commit(actor, batch.pk)
        with pytest.raises(NotVisible):
            actions.upload(cast.town_a, "relief", SimpleUploadedFile("x.xlsx", workbook("relief", [])), AS_OF, COUNTY)
