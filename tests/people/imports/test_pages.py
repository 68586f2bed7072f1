"""Pages of departmental lists: who may open them, what they say, and the way through by browser forms."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.cast import A1, COUNTY, client_for, make_person
from tests.people.imports.tools import AS_OF, checked, load, row_of, run, upload, workbook

from yinian.people.imports.lists import LISTS
from yinian.people.models import ImportBatch

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(cast):
    people = [make_person(A1, name) for name in ("李桂花", "周建国", "陈秀英")]
    rows = [
        row_of(people[0], relief="dibao"),
        row_of(people[1], relief="贫困户"),
        {"name": "陈秀英", "birth_date": "1940-05-02", "village": "汴塘村", "relief": "tekun"},
    ]
    return upload(cast.bureau, "relief", rows, COUNTY)


class TestDoors:
    def test_no_right_is_403_out_of_scope_404_and_a_refused_call_changes_nothing(self, cast, batch):
        row = batch.rows.get()
        pages = [
            ("get", reverse("people:import_batch", args=[batch.pk])),
            ("get", reverse("people:import_rows", args=[batch.pk])),
            ("get", reverse("people:import_returned", args=[batch.pk])),
            ("post", reverse("people:import_commit", args=[batch.pk])),
            ("post", reverse("people:import_undo", args=[batch.pk])),
            ("post", reverse("people:import_check", args=[batch.pk])),
            ("post", reverse("people:import_row", args=[row.pk])),
        ]
        for user, status in ((cast.village_a, 403), (cast.reviewer, 403), (cast.town_b, 404), (cast.stranger, 404)):
            client = client_for(user)
            for method, address in pages:
                answer = getattr(client, method)(
                    address, {"decision": "skip", "reason": "x"} if method == "post" else {}
                )
                assert answer.status_code == status, (user.username, address)
        batch.refresh_from_db()
        assert batch.state == "checked" and batch.rows.get().decision == "waiting"

    def test_every_list_hands_out_its_template(self, cast):
        client = client_for(cast.town_a)
        for code in LISTS:
            answer = client.get(reverse("people:import_template", args=[code]))
            assert answer.status_code == 200 and answer.content[:2] == b"PK"
        assert client.get(reverse("people:import_template", args=["nothing"])).status_code == 404


class TestPages:
    def test_an_upload_with_faults_of_the_form_keeps_what_was_typed(self, cast):
        client = client_for(cast.bureau)
        file = SimpleUploadedFile("x.pdf", b"%PDF-1.4 nothing")
        answer = client.post(
            reverse("people:import_new"),
            {
                "list_kind": "relief",
                "region": COUNTY,
                "as_of": AS_OF.isoformat(),
                "file": file,
            },
        )
        assert answer.status_code == 422 and AS_OF.isoformat() in answer.content.decode()
        assert not ImportBatch.objects.exists()

    def test_upload_check_decide_load_and_take_back_by_forms(self, cast):
        people = [make_person(A1, name) for name in ("李桂花", "周建国")]
        rows = [
            row_of(people[0], relief="dibao"),
            {"name": "周建国", "birth_date": "1940-05-02", "village": "汴塘村", "relief": "tekun"},
        ]
        client = client_for(cast.town_a)
        answer = client.post(
            reverse("people:import_new"),
            {
                "list_kind": "relief",
                "region": "430681101",
                "as_of": AS_OF.isoformat(),
                "file": SimpleUploadedFile("名单.xlsx", workbook("relief", rows)),
            },
        )
        batch = checked(ImportBatch.objects.get())
        assert answer.status_code == 302 and batch.counts["waiting"] == 1
        page = client.get(reverse("people:import_rows", args=[batch.pk])).content.decode()
        assert "周建国" in page and people[1].id_number not in page
        row = batch.rows.get()
        answer = client.post(
            reverse("people:import_row", args=[row.pk]),
            {"decision": "same", "person": people[1].pk},
            headers={"HX-Request": "true"},
        )
        assert answer.status_code == 200
        client.post(reverse("people:import_commit", args=[batch.pk]))
        batch.refresh_from_db()
        run(batch.job)
        batch.refresh_from_db()
        assert batch.state == "committed" and batch.counts["matched"] == 2
        answer = client.post(reverse("people:import_undo", args=[batch.pk]), {"reason": ""})
        assert answer.status_code == 422
        client.post(reverse("people:import_undo", args=[batch.pk]), {"reason": "名单发错"})
        batch.refresh_from_db()
        run(batch.job)
        batch.refresh_from_db()
        assert batch.state == "undone"

    @pytest.mark.parametrize(("name", "most"), [("imports", 14), ("import_batch", 14), ("import_rows", 14)])
    def test_pages_keep_to_their_query_budget(self, cast, batch, name, most, django_assert_max_num_queries):
        client = client_for(cast.bureau)
        args = [] if name == "imports" else [batch.pk]
        with django_assert_max_num_queries(most):
            assert client.get(reverse(f"people:{name}", args=args)).status_code == 200

    def test_the_page_of_a_loaded_list_offers_to_take_it_back(self, cast, batch):
        load(cast.bureau, batch)
        page = client_for(cast.bureau).get(reverse("people:import_batch", args=[batch.pk])).content.decode()
        assert reverse("people:import_undo", args=[batch.pk]) in page
