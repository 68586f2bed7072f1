"""The pages of driven plans: whole ways through them, what each role sees, papers and files, query budgets."""

import datetime as dt
import io

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from docx import Document as Word
from icalendar import Calendar

from tests.cast import COUNTY, client_for
from tests.plans.driving.making import png, reported, turn_of
from yinian.plans import measures
from yinian.plans.meetings import actions as meetings
from yinian.plans.models import (
    Decision,
    Dispatch,
    Feed,
    Letter,
    Meeting,
    Project,
    ProjectFund,
    ProjectPhoto,
    Standard,
    Target,
    Task,
    Unit,
)
from yinian.plans.projects import actions as projects
from yinian.plans.projects.queries import planned_percent
from yinian.plans.reports.figures import of_month
from yinian.plans.tasks import actions as tasks
from yinian.plans.tasks import nightly

pytestmark = pytest.mark.django_db
BUDGET = 30


def get(user, page, *args, **query):
    return client_for(user).get(reverse(f"plans:{page}", args=args), query)


def post(user, page, *args, **data):
    return client_for(user).post(reverse(f"plans:{page}", args=args), data)


def words(user, page, *args, **query):
    answer = get(user, page, *args, **query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_a_unit_officer_reports_on_their_page_with_evidence_and_others_finish_it(driven):
    plan, turn = driven.plan, turn_of(driven.plan.meals_task)
    mine = words(driven.money, "mine")
    assert plan.meals_task.title in mine and plan.homes_task.title not in mine
    assert "佐证材料" in words(driven.money, "report", turn.pk)
    answer = post(driven.money, "report", turn.pk, unit=plan.money.pk, text="已拨付", finished="on",
                  on=timezone.localdate().isoformat())
    assert answer.status_code == 422 and "已拨付" in answer.content.decode()
    answer = post(driven.money, "report", turn.pk, unit=plan.money.pk, text="已拨付", finished="on", proof=[png()],
                  on=timezone.localdate().isoformat())
    assert answer.status_code == 302
    page = words(driven.civil, "task", plan.meals_task.pk)
    assert "待牵头单位确认" in page and "已拨付" in page
    turn.refresh_from_db()
    assert post(driven.civil, "turn_confirm", turn.pk, version=turn.version).status_code == 302
    turn.refresh_from_db()
    assert "核查通过" in words(driven.second, "task", plan.meals_task.pk)
    post(driven.second, "turn_check", turn.pk, version=turn.version, note="资料齐全")
    plan.meals_task.refresh_from_db()
    assert plan.meals_task.state == "done"
    evidence = turn.reports.get().evidence.get()
    assert b"".join(get(driven.money, "evidence", evidence.pk).streaming_content).startswith(b"\x89PNG")
    assert get(driven.unit_officer, "evidence", evidence.pk).status_code == 404


def test_the_overview_counts_what_the_lists_show_and_every_figure_leads_there(driven):
    page = words(driven.bureau, "overview")
    for colour in ("red", "green"):
        assert f"plan={driven.plan.document.pk}&amp;colour={colour}" in page
    red = words(driven.bureau, "tasks", colour="red")
    assert driven.plan.homes_task.title in red and driven.plan.meals_task.title not in red
    assert driven.plan.homes_task.title in words(driven.bureau, "tasks", lead=driven.plan.civil.pk)
    assert driven.plan.meals_task.title in words(driven.bureau, "tasks", unit=driven.plan.money.pk)
    assert driven.plan.homes_task.title in words(driven.bureau, "tasks", q="住建")
    section = driven.plan.homes_task.section_id
    assert driven.plan.homes_task.title in words(driven.bureau, "tasks", plan=driven.plan.document.pk, section=section)


def test_lists_go_out_as_excel_and_pages_keep_their_budget(driven):
    answer = get(driven.bureau, "tasks", format="xlsx")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    cells = [str(cell.value) for row in book.worksheets[0] for cell in row if cell.value]
    assert driven.plan.meals_task.title in cells
    nightly.look_after()
    letter = Letter.objects.get(unit=driven.plan.civil)
    for page, args in (
        ("overview", ()), ("tasks", ()), ("gantt", ()), ("month", ()), ("targets", ()), ("standards", ()),
        ("projects", ()), ("meetings", ()), ("letters", ()), ("dispatches", ()), ("units", ()), ("unit_names", ()),
        ("task", (driven.plan.meals_task.pk,)), ("letter", (letter.pk,)), ("unit", (driven.plan.civil.pk,)),
        ("project", (Project.objects.earliest("pk").pk,)), ("target", (Target.objects.get().pk,)),
        ("standard", (Standard.objects.get().pk,)), ("mine", ()), ("feed", ()), ("unit_new", ()),
        ("task_edit", (driven.plan.meals_task.pk,)), ("meeting_new", ()), ("dispatch_new", ()),
    ):
        client = client_for(driven.bureau)
        client.get("/desk/")
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(reverse(f"plans:{page}", args=args))
        assert answer.status_code == 200, page
        assert len(captured) < BUDGET, (page, len(captured))


def test_who_sees_which_pages(driven):
    assert get(driven.bureau, "home").url == reverse("plans:overview")
    assert get(driven.money, "home").url == reverse("plans:mine")
    assert get(driven.money, "overview").status_code == 403
    assert get(driven.auditor, "overview").status_code == 200
    assert get(driven.reviewer, "overview").status_code == 200
    assert get(driven.stranger, "task", driven.plan.meals_task.pk).status_code == 404
    assert get(driven.village_a, "tasks").status_code == 403


def test_a_letter_goes_out_as_a_paper_and_is_answered(driven):
    nightly.look_after()
    letter = Letter.objects.get(unit=driven.plan.civil)
    draft = get(driven.bureau, "letter_paper", letter.pk)
    assert draft.content.startswith(b"%PDF")
    due = (driven.plan.today + dt.timedelta(days=7)).isoformat()
    assert post(driven.bureau, "letter_send", letter.pk, version=letter.version, words="请抓紧", reply_by=due,
                send="1").status_code == 302
    letter.refresh_from_db()
    assert (letter.state, letter.reply_by.isoformat()) == ("sent", due)
    assert "养督" in words(driven.civil, "mine")
    answer = post(driven.civil, "letter_answer", letter.pk, version=letter.version, reply="月底前完成")
    assert answer.status_code == 302
    assert "月底前完成" in words(driven.bureau, "letter", letter.pk)
    assert b"".join(get(driven.civil, "letter_paper", letter.pk).streaming_content).startswith(b"%PDF")


def test_a_meeting_makes_withdraws_and_moves_tasks_and_its_minutes_stay(driven):
    plan, today = driven.plan, driven.plan.today
    answer = post(driven.bureau, "meeting_new", plan=plan.document.pk, title="第一次联席会议", held_on=str(today),
                  venue="会议室", chair="周敏", present="民政局、财政局", minutes="听取汇报。")
    meeting = Meeting.objects.get()
    assert answer.url == reverse("plans:meeting", args=[meeting.pk])
    due = (today + dt.timedelta(days=30)).isoformat()
    post(driven.bureau, "meeting_decide", meeting.pk, kind="make", text="财政局拨付奖补资金", title="拨付奖补资金",
         lead=[plan.money.pk], due_on=due)
    made = Task.objects.get(decision__meeting=meeting)
    assert (made.title, made.item_id, turn_of(made).due_on.isoformat()) == ("拨付奖补资金", None, due)
    assert "拨付奖补资金" in words(driven.money, "mine")
    post(driven.bureau, "meeting_decide", meeting.pk, kind="withdraw", text="并入其他工作", task=plan.meals_task.pk)
    post(driven.bureau, "meeting_decide", meeting.pk, kind="move", text="延期", task=plan.homes_task.pk, due_on=due)
    plan.meals_task.refresh_from_db()
    assert (plan.meals_task.state, turn_of(plan.homes_task).due_on.isoformat()) == ("withdrawn", due)
    answer = post(driven.bureau, "meeting_decide", meeting.pk, kind="move", text="延期", due_on=due)
    assert answer.status_code == 422 and Decision.objects.count() == 3
    post(driven.bureau, "meeting_issue", meeting.pk, version=meeting.version)
    meeting.refresh_from_db()
    assert meeting.paper.number.startswith("养会〔")
    paper = get(driven.bureau, "meeting_paper", meeting.pk)
    assert b"".join(paper.streaming_content).startswith(b"%PDF")
    minutes = Word(io.BytesIO(get(driven.bureau, "meeting_docx", meeting.pk).content))
    text = "\n".join(p.text for p in minutes.paragraphs)
    assert "听取汇报" in text
    answer = post(driven.bureau, "meeting_decide", meeting.pk, kind="note", text="补记")
    assert answer.status_code == 422
    assert Decision.objects.count() == 3


def test_a_dispatch_report_is_drafted_from_data_edited_and_kept_as_issued(driven):
    plan = driven.plan
    month = f"{plan.today:%Y-%m}"
    post(driven.bureau, "dispatch_new", plan=plan.document.pk, month=month)
    report = Dispatch.objects.get()
    assert "有1项任务超过时限未完成" in report.problems
    assert post(driven.bureau, "dispatch_new", plan=plan.document.pk, month=month).status_code == 422
    post(driven.bureau, "dispatch", report.pk, version=report.version, opening=report.opening, problems="雨季停工。",
         next_steps="")
    report.refresh_from_db()
    text = "\n".join(
        p.text for p in Word(io.BytesIO(get(driven.bureau, "dispatch_docx", report.pk).content)).paragraphs)
    assert "雨季停工。" in text and "逾期1项" in text
    post(driven.bureau, "dispatch", report.pk, version=report.version, opening=report.opening, problems="雨季停工。",
         next_steps="", issue="1")
    report.refresh_from_db()
    assert (report.state, report.figures["colours"]["red"]) == ("issued", 1)
    reported(driven, plan)
    assert report.figures["colours"]["green"] == Dispatch.objects.get().figures["colours"]["green"]
    assert b"".join(get(driven.bureau, "dispatch_paper", report.pk).streaming_content).startswith(b"%PDF")


def test_a_calendar_feed_opens_by_its_secret_address_alone_until_it_is_taken_back(driven):
    page = post(driven.money, "feed").content.decode()
    address = page.split("<code class=\"secret\">")[1].split("</code>")[0]
    token = address.rsplit("/", 1)[1].removesuffix(".ics")
    assert token not in Feed.objects.get().digest
    answer = Client().get(reverse("plans:feed_file", args=[token]))
    calendar = Calendar.from_ical(answer.content)
    (event,) = calendar.walk("VEVENT")
    assert driven.plan.meals_task.title in str(event["summary"])
    assert event.decoded("dtstart") == turn_of(driven.plan.meals_task).due_on
    assert driven.money.full_name not in answer.content.decode()
    post(driven.money, "feed")
    assert Client().get(reverse("plans:feed_file", args=[token])).status_code == 404
    post(driven.money, "feed", revoke="1")
    assert Feed.objects.filter(revoked_at__isnull=True).count() == 0


def test_a_target_shows_what_was_reported_and_live_what_an_indicator_says(driven, monkeypatch):
    monkeypatch.setattr(measures, "_measures", [])
    target = Target.objects.get()
    post(driven.bureau, "target_value", target.pk, value="52.5", as_of=driven.plan.today.isoformat(), source="统计公报")
    page = words(driven.bureau, "target", target.pk)
    assert "52.5%" in page and "统计公报" in page and "尚未达到" in page
    measures.register(
        lambda actor, name, region: (
            measures.Measured(61, driven.plan.today, "/indicators/1/") if name == "beds" else None
        ),
        lambda region: [("beds", "护理型床位占比")],
    )
    assert post(driven.bureau, "target_edit", target.pk, version=target.version, title=target.title, binding="binding",
                baseline="50", baseline_on="2025-01-01", indicator="beds", years="2026 55\n2027 60").status_code == 302
    page = words(driven.bureau, "target", target.pk)
    assert "61%" in page and "/indicators/1/" in page and "已达到" in page
    assert {y.year: int(y.value) for y in target.years.all()} == {2026: 55, 2027: 60}


def test_a_standard_stands_beside_the_packs_figure_and_says_whether_they_differ(driven):
    from yinian.core.packs import pack_for

    standard = Standard.objects.get()
    parameter = next(name for name, p in pack_for(COUNTY).parameters.items() if p.unit == "fen")
    assert post(driven.bureau, "standard", standard.pk, version=1, link="parameter:nothing").status_code == 422
    assert post(driven.bureau, "standard", standard.pk, version=1, link=f"parameter:{parameter}").status_code == 302
    page = words(driven.bureau, "standard", standard.pk)
    assert "不一致" in page or "相同" in page or "请人工比对" in page
    assert post(driven.auditor, "standard", standard.pk, version=2, link="").status_code == 403


def test_a_project_holds_its_funds_to_the_total_and_tells_when_it_slips(driven):
    project = Project.objects.get(name="中心敬老院")
    given = {"name": project.name, "owner": "", "nature": "新建", "start_year": 2026, "end_year": 2027,
             "years": "2026 40\n2027 100", "version": project.version}
    answer = post(driven.bureau, "project_edit", project.pk, **given, total="30000000", fund_county="40000000")
    assert answer.status_code == 422
    answer = post(driven.bureau, "project_edit", project.pk, **given, total="30000000", fund_county="10000000",
                  fund_lottery="5000000")
    assert answer.status_code == 302
    funds = {f.source: f.amount_fen for f in ProjectFund.objects.filter(project=project)}
    assert funds == {"county": 10**9, "lottery": 5 * 10**8, "unassigned": 15 * 10**8}
    project.refresh_from_db()
    assert planned_percent(project, list(project.years.all()), dt.date(2026, 12, 31)) == 40
    assert planned_percent(project, list(project.years.all()), dt.date(2027, 7, 2)) == 70
    page = words(driven.bureau, "projects")
    assert "32,000,000" in page
    projects.report(driven.bureau, project.pk, project.version, on=driven.plan.today, percent=100, spent_fen=3 * 10**9,
                    text="完工", photos=[png()])
    project.refresh_from_db()
    assert (project.state, project.finished_on) == ("done", driven.plan.today)


def test_the_unit_of_a_project_reports_on_it_and_on_no_other(driven):
    project = Project.objects.get(name="旧敬老院")
    # The document names the builder of the other one, a unit of the county: that one is theirs from the beginning.
    assert Project.objects.get(name="中心敬老院").unit == driven.plan.civil
    report = {"on": driven.plan.today, "percent": 20, "spent": "100", "text": "打好地基"}
    assert get(driven.civil, "project", project.pk).status_code == 404
    assert post(driven.civil, "project_progress", project.pk, **report, version=project.version).status_code == 404
    answer = post(driven.bureau, "project_edit", project.pk, name=project.name, unit=driven.plan.civil.pk,
                  total="2000000", years="", version=project.version)
    assert answer.status_code == 302
    assert project.name in words(driven.civil, "mine")
    page = words(driven.civil, "project", project.pk)
    assert "填报进度" in page and reverse("plans:project_edit", args=[project.pk]) not in page
    assert get(driven.money, "project", project.pk).status_code == 404
    project.refresh_from_db()
    assert post(driven.civil, "project_edit", project.pk, version=project.version).status_code == 403
    answer = post(driven.civil, "project_progress", project.pk, **report, photos=[png()], version=project.version)
    assert answer.status_code == 302
    made = project.progress.get()
    assert (made.by, made.percent) == (driven.civil, 20)
    photo = ProjectPhoto.objects.get(progress=made)
    small = get(driven.civil, "project_photo_small", photo.pk)
    assert small["Content-Type"] == "image/jpeg" and small.content[:2] == b"\xff\xd8"
    assert get(driven.money, "project_photo_small", photo.pk).status_code == 404


def test_the_report_of_a_past_month_says_how_far_things_were_then(driven):
    plan, month = driven.plan, driven.plan.today.replace(day=1)
    before = month - dt.timedelta(days=3)
    turn, unit = turn_of(plan.homes_task), plan.civil
    for percent, on in ((30, before), (60, plan.today)):
        tasks.report(driven.civil, turn.pk, unit.pk, "已改造一批", percent, on=on)
    project = Project.objects.get(name="中心敬老院")
    for percent, spent, on in ((10, 100, before), (100, 900, plan.today)):
        project.refresh_from_db()
        projects.report(driven.bureau, project.pk, project.version, on=on, percent=percent, spent_fen=spent,
                        text="施工")
    then, now = of_month(plan.document, before.replace(day=1)), of_month(plan.document, month)
    assert [one["percent"] for one in then["coming"] + then["overdue"] if one["title"] == plan.homes_task.title] == [30]
    assert [one["percent"] for one in now["overdue"] if one["title"] == plan.homes_task.title] == [60]
    assert then["projects"][1:3] == [1, 0] and then["projects"][4] == 100
    assert now["projects"][1:3] == [0, 1] and now["projects"][4] == 900


def test_names_are_assigned_on_their_page(driven):
    page = words(driven.bureau, "unit_names")
    assert "市住建局" in page and "市应急管理局" in page
    post(driven.bureau, "unit_names", surface="市住建局", region=COUNTY, make="1")
    assert Unit.objects.filter(name="市住建局").exists()
    assert "市住建局" not in words(driven.bureau, "unit_names").split("<select")[0]


def test_empty_minutes_are_not_issued(driven):
    meeting = meetings.save(
        driven.bureau, driven.plan.document.pk, title="会", held_on=driven.plan.today, venue="室", chair="人",
        present="局", minutes="",
    )
    answer = post(driven.bureau, "meeting_issue", meeting.pk, version=meeting.version)
    meeting.refresh_from_db()
    assert (answer.status_code, meeting.state) == (302, "draft")


def test_the_search_box_finds_the_tasks_the_reader_sees(driven):
    client = client_for(driven.money)
    address = reverse("plans:task", args=[driven.plan.meals_task.pk])
    assert address in client.get("/search/", {"q": "助餐"}).content.decode()
    # The plan's words are public; how far another unit's task is, is not.
    other = reverse("plans:task", args=[driven.plan.homes_task.pk])
    assert other not in client.get("/search/", {"q": "改造"}).content.decode()
    assert other in client_for(driven.bureau).get("/search/", {"q": "改造"}).content.decode()
