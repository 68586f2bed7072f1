"""Into force: a paper, another human, from its day on; replaced or ended, never edited; runs and pages follow."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests import cast as people
from tests.entitlements.conftest import PARAMETERS, doing
from tests.entitlements.drafts.conftest import PAPER, START, TODAY, scan
from yinian.core.errors import Changed, Forbidden, NotVisible, Refused
from yinian.core.inbox.models import WorkItem
from yinian.core.models import Posting
from yinian.core.roles import Role
from yinian.core.users.models import User
from yinian.entitlements import actions as runs
from yinian.entitlements import packs
from yinian.entitlements.drafts import actions, queries, review
from yinian.entitlements.drafts.models import Amendment, AmendmentEntry, Draft, DraftStep
from yinian.entitlements.models import Run
from yinian.entitlements.perform import perform
from yinian.entitlements.person_pages import dues_of


def submitted(actor: User, draft: Draft, **more: object) -> Draft:
    draft = Draft.objects.get(pk=draft.pk)
    return review.submit(actor, draft.pk, draft.version, **{**PAPER, "paper": scan(), **more})  # type: ignore[arg-type]


@pytest.fixture
def lowered(draft, ran) -> Draft:
    """The draft with the age lowered to 70, waiting for review."""
    actions.set_value(ran.cast.bureau, draft.pk, "age_from", 70)
    return submitted(ran.cast.bureau, draft)


def age_on(day: dt.date) -> int:
    found = packs.in_force(people.COUNTY, day).pack.parameters_on(day)["age_from"]
    return int(found)  # type: ignore[arg-type]


def a_run(actor: User, day: dt.date) -> Run:
    job = runs.start_run(actor, people.COUNTY, day)
    perform(doing(job))
    job.refresh_from_db()
    return Run.objects.get(pk=job.result["run"])


def test_another_human_puts_it_in_force_and_everything_follows(lowered, ran, second):
    assert WorkItem.objects.get(key=f"draft:{lowered.pk}:review", state="open").role == Role.BUREAU_OFFICER
    before = packs.in_force(people.COUNTY, START)
    amendment = review.promote(second, lowered.pk, lowered.version)
    after = packs.in_force(people.COUNTY, START)
    assert (amendment.hash_before, amendment.hash_after) == (before.pack.hash, after.pack.hash)
    assert after.pack.hash != before.pack.hash and after.pack.name == before.pack.name
    assert age_on(START - dt.timedelta(days=1)) == 80 and age_on(START) == 70
    assert not WorkItem.objects.filter(key=f"draft:{lowered.pk}:review", state="open").exists()
    young = ran.folk["alone"]
    type(young).objects.filter(pk=young.pk).update(birth_date=dt.date(TODAY.year - 72, 1, 1))
    young.refresh_from_db()
    due = {service.id for service in dues_of(second, young).of("due")}
    assert "age-allowance" in due
    done = a_run(ran.cast.bureau, TODAY)
    assert done.pack_hash == after.pack.hash
    assert runs.verify_run(ran.cast.bureau, done.pk).repeated is True
    # A run of before is repeated with what was known then.
    assert runs.verify_run(ran.cast.bureau, ran.run.pk).repeated is True


def test_the_document_is_the_source_of_what_it_changes(lowered, second):
    amendment = review.promote(second, lowered.pk, lowered.version)
    found = packs.in_force(people.COUNTY)
    value = found.pack.parameters["age_from"].in_force(TODAY)
    document = found.pack.documents[value.source.document]
    assert (document.title, document.number, value.source.clause) == (PAPER["title"], PAPER["number"], PAPER["clause"])
    assert value.source.confidence == "verified"
    assert found.amendment_of("parameter", "age_from").id == amendment.pk
    assert found.amendment_of("service", "visit") is None


def test_who_had_a_hand_in_it_does_not_review_it_by_any_account(lowered, ran, second):
    with pytest.raises(Refused):
        review.promote(ran.cast.bureau, lowered.pk, lowered.version)
    # A second account of the same human: the number moved there from the first.
    twin = people.make_user("bureau_twin", Role.BUREAU_OFFICER)
    User.objects.filter(pk=ran.cast.bureau.pk).update(identity_index=None)
    User.objects.filter(pk=twin.pk).update(identity_index=ran.cast.bureau.identity_index)
    with pytest.raises(Refused):
        review.promote(User.objects.get(pk=twin.pk), lowered.pk, lowered.version)
    # A second role of the same account.
    Posting.objects.create(user=ran.cast.bureau, role=Role.REVIEWER, region_id="4306", period=(people.SINCE, None))
    with pytest.raises(Refused):
        review.promote(User.objects.get(pk=ran.cast.bureau.pk), lowered.pk, lowered.version)
    # The database holds to it by itself.
    with pytest.raises(IntegrityError), transaction.atomic():
        DraftStep.objects.create(draft=lowered, verb="promoted", actor=ran.cast.bureau,
                                 human_key=bytes(ran.cast.bureau.identity_index))
    assert not Amendment.objects.exists()
    review.promote(second, lowered.pk, lowered.version)


def test_a_colleague_who_changed_a_shared_draft_does_not_review_it(draft, ran, second):
    actions.share(ran.cast.bureau, draft.pk, True)
    actions.set_value(second, draft.pk, "age_from", 70)
    waiting = submitted(ran.cast.bureau, draft)
    with pytest.raises(Refused):
        review.promote(second, waiting.pk, waiting.version)
    third = people.make_user("third", Role.BUREAU_OFFICER)
    review.promote(third, waiting.pk, waiting.version)


def test_an_account_without_an_id_number_neither_submits_nor_reviews(draft, ran, second):
    actions.set_value(ran.cast.bureau, draft.pk, "age_from", 70)
    kept = ran.cast.bureau.identity_index
    User.objects.filter(pk=ran.cast.bureau.pk).update(identity_index=None)
    with pytest.raises(Refused):
        submitted(User.objects.get(pk=ran.cast.bureau.pk), draft)
    User.objects.filter(pk=ran.cast.bureau.pk).update(identity_index=kept)
    waiting = submitted(ran.cast.bureau, draft)
    User.objects.filter(pk=second.pk).update(identity_index=None)
    with pytest.raises(Refused):
        review.promote(User.objects.get(pk=second.pk), waiting.pk, waiting.version)


def test_rights_decide_who_drafts_who_sees_and_who_reviews(lowered, ran):
    for name in ("town_a", "village_a", "dispatcher"):
        with pytest.raises(Forbidden):
            queries.get_draft(getattr(ran.cast, name), lowered.pk)
    with pytest.raises(NotVisible):  # the prefecture drafts its own list, and reads what is in force in the counties
        queries.get_draft(ran.cast.reviewer, lowered.pk)
    assert queries.get_draft(ran.cast.finance, lowered.pk)
    with pytest.raises(Forbidden):
        review.promote(ran.cast.finance, lowered.pk, lowered.version)
    with pytest.raises(NotVisible):
        review.promote(ran.cast.stranger, lowered.pk, lowered.version)


def test_a_paper_a_change_and_an_answer_to_doubts_are_asked_for(draft, ran):
    bureau = ran.cast.bureau
    with pytest.raises(Refused):
        submitted(bureau, draft)  # nothing is changed
    actions.set_value(bureau, draft.pk, "age_from", 70)
    with pytest.raises(Refused) as missing:
        submitted(bureau, draft, title=" ", paper=None, dated=TODAY + dt.timedelta(days=1))
    assert set(missing.value.fields) == {"title", "paper", "dated"}
    actions.set_value(bureau, draft.pk, "age_from", 140)  # nobody is so old: a doubt
    with pytest.raises(Refused) as doubt:
        submitted(bureau, draft)
    assert set(doubt.value.fields) == {"assurance"}
    actions.set_value(bureau, draft.pk, "age_from", 151)
    with pytest.raises(Refused):
        submitted(bureau, draft, assurance="确有依据")
    actions.set_value(bureau, draft.pk, "age_from", 140)
    assert submitted(bureau, draft, assurance="确有依据").figures["whole"]["due_b"] >= 0


def test_a_submitted_draft_is_not_changed_but_taken_back_or_returned(lowered, ran, second):
    with pytest.raises(Refused):
        actions.set_value(ran.cast.bureau, lowered.pk, "age_from", 60)
    with pytest.raises(Forbidden):
        review.withdraw(second, lowered.pk, lowered.version)
    with pytest.raises(Changed):
        review.withdraw(ran.cast.bureau, lowered.pk, lowered.version - 1)
    taken = review.withdraw(ran.cast.bureau, lowered.pk, lowered.version)
    assert taken.is_open and not WorkItem.objects.filter(key=f"draft:{taken.pk}:review", state="open").exists()
    again = submitted(ran.cast.bureau, taken, paper=None)  # the file of the first time is kept
    with pytest.raises(Refused):
        review.send_back(second, again.pk, again.version, " ")
    back = review.send_back(second, again.pk, again.version, "请补充测算依据")
    assert back.is_open
    item = WorkItem.objects.get(key=f"draft:{back.pk}:returned", state="open")
    assert item.taken_by == ran.cast.bureau
    submitted(ran.cast.bureau, back, paper=None)
    assert not WorkItem.objects.filter(key=f"draft:{back.pk}:returned", state="open").exists()


def test_a_pack_that_changed_under_a_submitted_draft_is_not_overrun(lowered, ran, second):
    ran.pack.joinpath("parameters.yaml").write_text(PARAMETERS.replace("value: 80", "value: 85"), "utf-8")
    with pytest.raises(Refused):
        review.promote(second, lowered.pk, lowered.version)
    back = review.send_back(second, lowered.pk, lowered.version, "清单已变")
    with pytest.raises(Refused):
        submitted(ran.cast.bureau, back, paper=None)
    renewed = actions.renew(ran.cast.bureau, back.pk, back.version, keep=[("parameter", "age_from")])
    waiting = submitted(ran.cast.bureau, renewed, paper=None)
    review.promote(second, waiting.pk, waiting.version)
    assert age_on(START) == 70 and age_on(START - dt.timedelta(days=1)) == 85


def test_a_later_amendment_replaces_an_earlier_one_from_its_day(lowered, ran, second):
    first = review.promote(second, lowered.pk, lowered.version)
    later = START.replace(year=START.year + 1)
    draft = actions.make(ran.cast.bureau, people.COUNTY, "再降到65岁", later)
    actions.set_value(ran.cast.bureau, draft.pk, "age_from", 65)
    waiting = submitted(ran.cast.bureau, draft)
    review.promote(second, waiting.pk, waiting.version)
    assert (age_on(START), age_on(later - dt.timedelta(days=1)), age_on(later)) == (70, 70, 65)
    assert first.entries.get().cut_on == later
    # What begins before the later one would be overrun by it, and is refused.
    between = actions.make(ran.cast.bureau, people.COUNTY, "夹在中间", START.replace(year=START.year, month=12, day=2))
    actions.set_value(ran.cast.bureau, between.pk, "age_from", 60)
    with pytest.raises(Refused, match=PAPER["title"]):
        submitted(ran.cast.bureau, between)


def test_two_amendments_of_different_entries_stand_side_by_side(lowered, ran, second):
    review.promote(second, lowered.pk, lowered.version)
    draft = actions.make(ran.cast.bureau, people.COUNTY, "停探访", START)
    actions.switch_off(ran.cast.bureau, draft.pk, "visit")
    waiting = submitted(ran.cast.bureau, draft)
    review.promote(second, waiting.pk, waiting.version)
    found = packs.in_force(people.COUNTY, START)
    assert age_on(START) == 70 and "visit" not in {s.id for s in found.pack.services} and len(found.amendments) == 2


def test_an_amendment_ends_and_the_files_hold_again(lowered, ran, second):
    amendment = review.promote(second, lowered.pk, lowered.version)
    off = START + dt.timedelta(days=40)
    with pytest.raises(Refused):
        review.end(ran.cast.bureau, amendment.pk, 1, off, "政策到期")  # who made it does not end it alone
    with pytest.raises(Refused):
        review.end(second, amendment.pk, 1, START - dt.timedelta(days=1), "政策到期")
    with pytest.raises(Refused):
        review.end(second, amendment.pk, 1, off, " ")
    review.end(second, amendment.pk, 1, off, "政策到期")
    assert (age_on(off - dt.timedelta(days=1)), age_on(off)) == (70, 80)
    with pytest.raises((Refused, Changed)):
        review.end(second, amendment.pk, 1, off, "再来一次")


def test_the_database_keeps_an_amendment_as_it_was_approved(lowered, second):
    amendment = review.promote(second, lowered.pk, lowered.version)
    entry = AmendmentEntry.objects.get(amendment=amendment)
    for change in (
        lambda: Amendment.objects.filter(pk=amendment.pk).update(title="别的"),
        lambda: Amendment.objects.filter(pk=amendment.pk).delete(),
        lambda: AmendmentEntry.objects.filter(pk=entry.pk).update(data={}),
        lambda: AmendmentEntry.objects.filter(pk=entry.pk).delete(),
        lambda: AmendmentEntry.objects.create(
            amendment=amendment, region_id=people.COUNTY, part="parameter", key="age_from", data={}, starts=TODAY
        ),
    ):
        with pytest.raises(Exception, match=r"(?i)stays|keep|cut short|once|delete"), transaction.atomic():
            change()
    AmendmentEntry.objects.filter(pk=entry.pk).update(cut_on=TODAY, cut_at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        AmendmentEntry.objects.filter(pk=entry.pk).update(cut_on=TODAY + dt.timedelta(days=1))


def test_a_neighbour_with_the_same_pack_is_not_touched(lowered, ran, second, settings):
    ran.pack.joinpath("pack.yaml").write_text(
        ran.pack.joinpath("pack.yaml").read_text("utf-8").replace('"430681"', '"4306"'), "utf-8"
    )
    back = review.send_back(second, lowered.pk, lowered.version, "清单已变")
    renewed = actions.renew(ran.cast.bureau, back.pk, back.version, keep=[("parameter", "age_from")])
    waiting = submitted(ran.cast.bureau, renewed, paper=None)
    review.promote(second, waiting.pk, waiting.version)
    day = packs.in_force(people.NEIGHBOUR, START).pack.parameters_on(START)
    assert day["age_from"] == 80 and age_on(START) == 70
    assert packs.in_force(people.A1, START).pack.parameters_on(START)["age_from"] == 70
