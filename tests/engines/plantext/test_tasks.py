"""Tasks: which sentences are in, by items or by sentences, and what is none."""

from tests.engines.plantext.making import quotes, read, under_task


def test_every_sentence_of_a_working_section_is_a_task() -> None:
    document = under_task("（一）网络。完善设施；加强日常管理工作。提升服务质量水平。")
    assert document["task_policy"] == "sentences"
    assert quotes(document, "tasks") == ["加强日常管理工作", "提升服务质量水平"]


def test_stops_within_brackets_and_quotes_end_no_sentence() -> None:
    document = under_task("开展“查隐患；促整改。”专项行动（含自查；互查）。")
    assert len(document["tasks"]) == 1


def test_items_are_the_tasks_of_a_plan_that_numbers_them() -> None:
    document = under_task(
        "（一）网络。要统筹推进。一是完善设施，配齐设备。注重实效和长远发展。二是2026年底前建成网络。加强宣传。"
    )
    assert document["task_policy"] == "items"
    assert quotes(document, "tasks") == ["一是完善设施，配齐设备", "二是2026年底前建成网络"]
    assert len(read(document["text"], "sentences")["tasks"]) > 2


def test_background_goals_and_closing_rules_hold_no_tasks() -> None:
    document = read(
        "一、基本情况\n持续完善服务网络建设。\n二、工作目标\n到2027年底服务体系更加健全。\n三、重点任务\n加快建设互助养老点。\n"
        "四、附则\n本方案自印发之日起施行，有效期5年。\n"
    )
    assert quotes(document, "tasks") == ["加快建设互助养老点"]


def test_lead_ins_contacts_and_definitions_are_no_tasks() -> None:
    document = under_task(
        "现就有关事项通知如下：",
        "联系人：张某，电话：0000-0000000。",
        "本方案所称老年人是指60周岁以上公民。",
        "加快建设互助养老点。",
    )
    assert quotes(document, "tasks") == ["加快建设互助养老点"]


def test_a_report_due_by_a_day_is_a_task_though_it_says_whom_to_call() -> None:
    document = under_task("请各乡镇于4月15日前将工作方案报县民政局（联系人：张某，电话：0000—0000000）。")
    assert [task["deadline"]["iso"] for task in document["tasks"]] == ["2025-04-15"]


def test_a_heading_that_is_the_whole_statement_is_a_task() -> None:
    document = under_task("1.2026年底前，改造全部敬老院的消防设施。", "2.每年培训养老护理员，提升服务质量。")
    assert quotes(document, "tasks") == ["2026年底前，改造全部敬老院的消防设施", "每年培训养老护理员，提升服务质量"]


def test_articles_open_with_their_provision() -> None:
    document = read("第一条 县民政局负责全县养老服务工作。县财政局负责资金保障。\n第二条 养老机构应当依法登记备案。\n")
    assert quotes(document, "tasks") == [
        "县民政局负责全县养老服务工作",
        "县财政局负责资金保障",
        "养老机构应当依法登记备案",
    ]


def test_a_text_without_headings_is_read_by_its_sentences() -> None:
    assert quotes(read("各乡镇要加快建设互助养老点。2026年6月底前完成选址。\n"), "tasks") == [
        "各乡镇要加快建设互助养老点",
        "2026年6月底前完成选址",
    ]
