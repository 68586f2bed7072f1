"""The command `plantext` as another program meets it: a file in, one JSON document out, one line when wrong."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.engines.plantext.making import PLAN, paragraph, printed, word

from yinian.cli.main import main


def put(folder: Path, name: str, data: bytes) -> Path:
    file = folder / name
    file.write_bytes(data)
    return file


def told(capsys: pytest.CaptureFixture[str], file: Path, *more: str) -> dict[str, Any]:
    assert main(["plantext", str(file), "--json", *more]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    found: dict[str, Any] = json.loads(captured.out)
    return found


def failure(capsys: pytest.CaptureFixture[str], file: Path) -> str:
    assert main(["plantext", str(file), "--json"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err.rstrip("\n")


@pytest.mark.parametrize("kind", ["txt", "html", "docx", "pdf"])
def test_every_kind_of_file_gives_the_keys_of_the_contract(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = {
        "txt": lambda: PLAN.encode(),
        "html": lambda: ("<html><body>" + "".join(f"<p>{line}</p>" for line in PLAN.splitlines()) + "</body>").encode(),
        "docx": lambda: word(*(paragraph(line) for line in PLAN.splitlines())),
        "pdf": lambda: printed(PLAN),
    }[kind]()
    found = told(capsys, put(tmp_path, f"plan.{kind}", data))
    assert {"outline", "units", "tasks", "targets", "money", "projects", "tables", "text", "meta", "doubts"} <= set(
        found
    )
    assert len(found["outline"]) == 9
    assert [
        task["deadline"] and task["deadline"].get("iso", task["deadline"].get("rule")) for task in found["tasks"]
    ] == [
        "2026-06-30",
        "FREQ=YEARLY;BYMONTH=10",
        "FREQ=YEARLY",
        None,
        "unspecified",
    ]
    for key in ("units", "tasks", "targets", "money"):
        for item in found[key]:
            assert found["text"][item["start"] : item["end"]] == item["quote"]


def test_the_text_of_a_txt_file_is_its_content(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = "\ufeff" + PLAN.replace("\n", "\r\n")
    file = put(tmp_path, "plan.txt", content.encode())
    assert told(capsys, file)["text"] == content


def test_what_is_a_task_can_be_chosen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = put(tmp_path, "plan.txt", "一、任务\n一是完善设施。注重实效和长远发展。二是扩大供给。\n".encode())
    assert len(told(capsys, file, "--tasks", "items")["tasks"]) == 2
    assert len(told(capsys, file, "--tasks", "sentences")["tasks"]) == 3


def test_without_json_a_person_is_told_what_was_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plantext", str(put(tmp_path, "plan.txt", PLAN.encode()))]) == 0
    said = capsys.readouterr().out
    assert said.startswith("临川县养老服务提升行动实施方案\n")
    assert "tasks: 5" in said


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("plan.pdf", b"%PDF-1.4 broken", "PDF"),
        ("plan.docx", b"PK\x03\x04", "Word document"),
        ("plan.html", b"<html></html>", "prose"),
        ("plan.xlsx", b"PK\x03\x04", "expected .txt"),
        ("plan.txt", b"", "empty"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line_and_status_2(
    name: str, data: bytes, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = failure(capsys, put(tmp_path, name, data))
    assert name in said
    assert says in said


def test_a_missing_file_is_one_line_and_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "absent.txt" in failure(capsys, tmp_path / "absent.txt")
