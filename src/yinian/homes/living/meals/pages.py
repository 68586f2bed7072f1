"""Pages of the kitchen: the week's menu, the sheet of a meal, diets of residents, dishes, who ate how much."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yinian.core.access import StaffRequest, page
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.forms import render_form
from yinian.core.jinja import day as day_words
from yinian.core.lists import Column, Filter, ListView, choice_words, render_list
from yinian.core.users.models import User
from yinian.homes.care.forms import entry_of, slot_of
from yinian.homes.care.pages import answered, crumbs
from yinian.homes.care.queries import get_home, get_resident
from yinian.homes.living.book import ALLERGY, Meal, diet_words, food_words, intake_words, living, meal_words
from yinian.homes.living.meals import actions, paper, queries
from yinian.homes.living.meals.forms import DietForm, DishForm, IntakeForm, WeekForm, diet_choices
from yinian.homes.living.meals.models import Diet, Dish, Intake
from yinian.homes.stays import queries as stays
from yinian.places.models import Site

AMOUNT_TONES = {"all": "ok", "half": "info", "little": "warn", "none": "bad"}
amount_words = choice_words(Intake.Amount.choices)


def may(user: User, right: str, home: Site) -> bool:
    return user.scope(right).covers(home.region_id, home.pk)


def person_search(qs: Any, text: str) -> Any:
    """The search of a list of residents: by name, or by the initials of its pinyin."""
    if text.isascii():
        return qs.filter(person__name_initials__startswith=text.lower())
    return qs.filter(person__name__startswith=text)


def _crumbs(home: Site, *more: tuple[str, str | None]) -> list[tuple[str, str | None]]:
    return crumbs(home, (_("Meals"), reverse("homes:meals", args=[home.pk])), *more)


def _week(text: str) -> dt.date:
    """The Monday of the week asked for; this week's where none or no day is."""
    try:
        return queries.monday(dt.date.fromisoformat(text[:10]))
    except (ValueError, OverflowError):
        return queries.monday(timezone.localdate())


# --- the week ------------------------------------------------------------------------------------------------------


@page("care.view", also=("homes.view", "people.view"))
def meals(request: StaffRequest, pk: int) -> HttpResponse:
    """A week's menu of a home, and the ways to everything else of its kitchen."""
    home = get_home(request.user, pk)
    week = _week(request.GET.get("week", ""))
    menus = queries.menus_of(home, week)
    _little, rows, least = queries.eat_little(request.user, home)
    day, meal = queries.next_meal()
    return render(
        request,
        "homes/living/meals.html",
        {
            "home": home,
            "week": week,
            "days": queries.days_of(week),
            "before": week - dt.timedelta(days=7),
            "after": week + dt.timedelta(days=7),
            "meals": living().meals.values(),
            "menus": menus,
            "open": sum(menu.published_at is None for menu in menus.values()),
            "undescribed": queries.dishes_of_home(home).filter(allergens=None).count(),
            "sheet": queries.kitchen(request.user, home, day, meal),
            "little": len(rows),
            "little_meals": least,
            "may_manage": may(request.user, "care.manage", home),
            "crumbs": crumbs(home, (_("Meals"), None)),
        },
    )


@page("care.manage", methods=("GET", "POST"))
def menu_edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Type a week's menu: a dish a line, known dishes offered."""
    home = get_home(request.user, pk, "care.manage")
    week = _week(request.GET.get("week", ""))
    form = WeekForm(request.POST or None, week=week, menus=queries.menus_of(home, week))
    context: dict[str, Any] = {
        "home": home,
        "week": week,
        "meals": living().meals.values(),
        "stamp": request.POST.get("stamp") or queries.week_stamp(home, week),
        "known": list(queries.dishes_of_home(home).values_list("name", flat=True)),
        "crumbs": _crumbs(home, (_("Type the menu"), None)),
    }
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "homes/living/menu_edit.html", form, **context)
    try:
        changed = actions.keep_menus(request.user, pk, week, form.meals(), request.POST.get("stamp", "")[:60])
    except Refused as refusal:
        return render_form(request, "homes/living/menu_edit.html", form, refusal=refusal, **context)
    messages.success(request, _("Kept; %(n)d meals changed.") % {"n": changed})
    return _to_week(pk, week)


def _to_week(pk: int, week: dt.date) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("homes:meals", args=[pk]) + f"?week={week.isoformat()}")


@page("care.manage", methods=("POST",))
def menu_copy(request: StaffRequest, pk: int) -> HttpResponse:
    """Take last week's menu into the meals of this one that have none."""
    get_home(request.user, pk, "care.manage")
    week = _week(request.POST.get("week", ""))
    try:
        filled = actions.copy_week(request.user, pk, week)
        messages.success(request, _("Copied; %(n)d meals filled.") % {"n": filled})
    except Refused as refusal:
        messages.error(request, str(refusal))
    return _to_week(pk, week)


@page("care.manage", methods=("POST",))
def menu_publish(request: StaffRequest, pk: int) -> HttpResponse:
    get_home(request.user, pk, "care.manage")
    week = _week(request.POST.get("week", ""))
    try:
        actions.publish_week(request.user, pk, week)
        messages.success(request, _("Published; families see it on their page."))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return _to_week(pk, week)


# --- the kitchen sheet ---------------------------------------------------------------------------------------------


def _asked(request: StaffRequest) -> tuple[dt.date, Meal]:
    """The meal an address asks for; the next one where it names none."""
    day, meal = queries.next_meal()
    if request.GET.get("day"):
        try:
            day = dt.date.fromisoformat(request.GET["day"][:10])
        except ValueError:
            raise NotVisible("day") from None
    if request.GET.get("meal"):
        if request.GET["meal"] not in living().meals:
            raise NotVisible("meal")
        meal = living().meals[request.GET["meal"]]
    return day, meal


@page("care.view", also=("homes.view", "people.view"))
def kitchen(request: StaffRequest, pk: int) -> HttpResponse:
    """A meal for the kitchen: portions by diet and floor, who eats otherwise, who is left out."""
    home = get_home(request.user, pk)
    day, meal = _asked(request)
    sheet = queries.kitchen(request.user, home, day, meal)
    return render(
        request,
        "homes/living/kitchen.html",
        {
            "home": home,
            "sheet": sheet,
            "meals": living().meals.values(),
            "before": day - dt.timedelta(days=1),
            "after": day + dt.timedelta(days=1),
            "floor_words": queries.floor_words,
            "may_export": may(request.user, "care.record", home),
            "crumbs": _crumbs(home, (_("Kitchen sheet"), None)),
        },
    )


@page("care.view", also=("homes.view", "people.view"))
def kitchen_print(request: StaffRequest, pk: int) -> HttpResponse:
    """The kitchen sheet as a PDF to hang up."""
    home = get_home(request.user, pk)
    return paper.kitchen_pdf(home, queries.kitchen(request.user, home, *_asked(request)))


@page("care.record", also=("homes.view", "people.view"))
def kitchen_excel(request: StaffRequest, pk: int) -> HttpResponse:
    """The kitchen sheet as a workbook: portions, and who eats otherwise. It names people: for the home's own staff."""
    home = get_home(request.user, pk, "care.record")
    day, meal = _asked(request)
    return paper.kitchen_book(home, actions.take_out(request.user, home, day, meal))


# --- diets ---------------------------------------------------------------------------------------------------------


def _diet_view(home: Site) -> ListView:
    return ListView(
        title=_("Diets in %(home)s") % {"home": home.name},
        columns=[
            Column("bed", gettext_lazy("Bed"), lambda s: s.bed.label, sort="bed__label"),
            Column("name", gettext_lazy("Name"), lambda s: s.person.name, sort="person__name"),
            Column("eats", gettext_lazy("Eats"), lambda s: s.eats.label),
            Column(
                "avoids", gettext_lazy("Must not have"), lambda s: (s.eats.foods, "bad") if s.eats.foods else None,
                kind="badge",
            ),
        ],
        filters=[
            Filter("kind", gettext_lazy("Diet"), _by_diet,
                   lambda actor: [pair for _group, pairs in diet_choices() for pair in pairs]),
            Filter("allergic", gettext_lazy("With an allergy"), lambda qs, v: _of_kinds(qs, [
                k.id for k in living().of_group(ALLERGY)]), kind="bool"),
        ],
        search=person_search,
        default_sort=("bed", "asc"),
        excel_right="people.export",
        region_field="bed__site__region__code",
        site_field="bed__site",
        row_url=lambda s: reverse("homes:diet", args=[s.pk]),
        search_hint=_("Person's name or pinyin initials"),
        empty=_("Nobody lives here yet"),
        key="homes:diets",
        per_row=_attach,
    )


def _attach(rows: Any) -> None:
    found = queries.diets_on([stay.person_id for stay in rows], timezone.localdate())
    for stay in rows:
        stay.eats = queries.eats(found.get(stay.person_id, ()))


def _of_kinds(qs: Any, kinds: list[str]) -> Any:
    holds = Diet.objects.filter(held__contains=timezone.localdate(), kind__in=kinds)
    return qs.filter(person__in=holds.values("person"))


def _by_diet(qs: Any, kind: str) -> Any:
    if kind == living().usual:
        textures = Diet.objects.filter(held__contains=timezone.localdate(), strand="texture").exclude(kind=kind)
        return qs.exclude(person__in=textures.values("person"))
    return _of_kinds(qs, [kind])


@page("care.view", also=("homes.view", "people.view"))
def diets(request: StaffRequest, pk: int) -> HttpResponse:
    """Everybody in the home with what they eat today."""
    home = get_home(request.user, pk)
    return render_list(request, _diet_view(home), stays.residents(request.user, home), "homes/care_list.html",
                       {"crumbs": _crumbs(home, (_("Diets"), None))})


@page("care.view", methods=("GET", "POST"), also=("homes.view", "people.view"), post="care.manage")
def diet(request: StaffRequest, pk: int) -> HttpResponse:
    """What a resident is ordered, with who, when and why; and a new order."""
    stay = get_resident(request.user, pk, "care.manage" if request.method == "POST" else "care.view")
    home, today = stay.bed.site, timezone.localdate()
    rows = queries.diets_of(stay.person)
    context: dict[str, Any] = {
        "stay": stay,
        "home": home,
        "rows": [(d, d.held.upper is None or d.held.upper > today, d.held.upper and
                  d.held.upper - dt.timedelta(days=1)) for d in rows],
        "eats": queries.eats(queries.diets_on([stay.person_id], today).get(stay.person_id, ())),
        "diet_words": diet_words,
        "tomorrow": today + dt.timedelta(days=1),
        "may_manage": may(request.user, "care.manage", home),
        "crumbs": _crumbs(home, (stay.person.name, reverse("homes:sheet", args=[pk])), (_("Diet"), None)),
    }
    form = DietForm(request.POST or None, initial={"on": today})
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "homes/living/diet.html", form, **context)
    try:
        actions.order_diet(request.user, pk, **form.cleaned_data)
    except Refused as refusal:
        return render_form(request, "homes/living/diet.html", form, refusal=refusal, **context)
    messages.success(request, _("It is ordered; the kitchen sheet counts it from that day."))
    return redirect("homes:diet", pk)


@page("care.manage", methods=("POST",), also=("homes.view", "people.view"))
def diet_end(request: StaffRequest, pk: int) -> HttpResponse:
    _diet, stay = queries.get_diet(request.user, pk)
    version = request.POST.get("version", "")
    try:
        actions.end_diet(request.user, pk, int(version) if version.isdigit() else 0, request.POST.get("reason", ""))
        messages.success(request, _("It is ended."))
    except Changed:
        raise
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("homes:diet", stay.pk)


# --- dishes --------------------------------------------------------------------------------------------------------


def _dish_view(home: Site) -> ListView:
    def foods(dish: Dish) -> tuple[str, str]:
        if dish.allergens is None:
            return _("nobody has said"), "warn"
        return ("、".join(map(food_words, dish.allergens)), "bad") if dish.allergens else (_("none of the list"), "ok")

    return ListView(
        title=_("Dishes of %(home)s") % {"home": home.name},
        subtitle=_("Say once what is in a dish; the kitchen sheet then warns who must not have it."),
        columns=[
            Column("name", gettext_lazy("Dish"), lambda d: d.name, sort="name"),
            Column("allergens", gettext_lazy("Allergens"), foods, kind="badge"),
            Column("unfit", gettext_lazy("Not for these diets"), lambda d: "、".join(map(diet_words, d.unfit)) or None),
            Column("changed", gettext_lazy("Last changed"), lambda d: d.changed_at, kind="moment", sort="changed_at"),
        ],
        filters=[
            Filter("unsaid", gettext_lazy("Nobody has said what is in it"), lambda qs, v: qs.filter(allergens=None),
                   kind="bool"),
            Filter("allergen", gettext_lazy("Allergen"), lambda qs, v: qs.filter(allergens__contains=[v]),
                   lambda actor: [(k.id, food_words(k.id)) for k in living().of_group(ALLERGY)]),
        ],
        search=lambda qs, text: qs.filter(name__contains=text),
        default_sort=("name", "asc"),
        excel_right="care.view",
        row_url=lambda d: reverse("homes:dish", args=[d.pk]),
        search_hint=_("Name of the dish"),
        empty=_("No dish yet"),
        empty_text=_("Dishes come by themselves when a menu is typed."),
        key="homes:dishes",
    )


@page("care.view")
def dishes(request: StaffRequest, pk: int) -> HttpResponse:
    home = get_home(request.user, pk)
    return render_list(request, _dish_view(home), queries.dishes_visible_to(request.user).filter(site=home),
                       "homes/care_list.html", {"crumbs": _crumbs(home, (_("Dishes"), None))})


@page("care.view", methods=("GET", "POST"), post="care.manage")
def dish(request: StaffRequest, pk: int) -> HttpResponse:
    """What is in a dish and for whom it is not fit."""
    one = queries.get_dish(request.user, pk)
    home, back = one.site, reverse("homes:dishes", args=[one.site_id])
    form = DishForm(request.POST if request.method == "POST" else None,
                    initial={"allergens": one.allergens or [], "unfit": one.unfit})
    context: dict[str, Any] = {
        "title": one.name, "save": _("Keep"), "back": back,
        "crumbs": _crumbs(home, (_("Dishes"), back), (one.name, None)),
    }
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "homes/form.html", form, **context)
    try:
        actions.describe_dish(request.user, pk, **form.cleaned_data)
    except Refused as refusal:
        return render_form(request, "homes/form.html", form, refusal=refusal, **context)
    messages.success(request, _("Kept."))
    return HttpResponseRedirect(back)


# --- what was eaten ------------------------------------------------------------------------------------------------


@page("care.record", methods=("POST",), also=("homes.view", "people.view"))
def intake(request: StaffRequest, pk: int) -> HttpResponse:
    """How much of a meal a resident ate, sent from the bedside."""
    get_resident(request.user, pk, "care.record")
    post = request.POST

    def do() -> None:
        day, _minute = slot_of(post)
        actions.record_intake(
            request.user, pk, post.get("meal", ""), day, post.get("amount", ""), reason=post.get("reason", ""),
            note=post.get("note", ""), entry=entry_of(post),
        )

    return answered(request, do, reverse("homes:sheet", args=[pk]), _("Recorded."))


def _intake_view(home: Site) -> ListView:
    return ListView(
        title=_("What was eaten in %(home)s") % {"home": home.name},
        columns=[
            Column("day", gettext_lazy("Day"), lambda i: i.day, kind="day", sort="day"),
            Column("meal", gettext_lazy("Meal"), lambda i: meal_words(i.meal), sort="slot"),
            Column("name", gettext_lazy("Name"), lambda i: i.person.name, sort="person__name"),
            Column("amount", gettext_lazy("Eaten"), lambda i: (amount_words(i.amount), AMOUNT_TONES[i.amount]),
                   kind="badge", sort="amount"),
            Column("reason", gettext_lazy("Why not all was eaten"),
                   lambda i: intake_words(i.reason) if i.reason else None),
            Column("who", gettext_lazy("Recorded by"), lambda i: i.recorded_by.full_name,
                   sort="recorded_by__full_name"),
            Column("correction", gettext_lazy("Correction"), _correction, kind="badge"),
        ],
        filters=[
            Filter("meal", gettext_lazy("Meal"), lambda qs, v: qs.filter(meal=v),
                   lambda actor: [(m.id, str(m.label)) for m in living().meals.values()]),
            Filter("amount", gettext_lazy("Eaten"), lambda qs, v: qs.filter(amount=v),
                   lambda actor: Intake.Amount.choices),
            Filter("from", gettext_lazy("From"), lambda qs, v: qs.filter(day__gte=v), kind="date_from"),
            Filter("to", gettext_lazy("Until"), lambda qs, v: qs.filter(day__lte=v), kind="date_to"),
            Filter("person", gettext_lazy("Person"), lambda qs, v: qs.filter(person=v) if v.isdigit() else qs.none(),
                   kind="text", hidden=True),
        ],
        search=person_search,
        default_sort=("day", "desc"),
        excel_right="people.export",
        region_field="site__region__code",
        site_field="site",
        row_url=lambda i: reverse("homes:intake_correct", args=[i.pk]),
        search_hint=_("Person's name or pinyin initials"),
        empty=_("Nothing is recorded yet"),
        key="homes:intakes",
    )


def _correction(one: Intake) -> tuple[str, str] | None:
    if hasattr(one, "corrected_by"):
        return _("corrected"), "mute"
    return (_("is a correction"), "info") if one.corrects_id else None


@page("care.view", also=("homes.view", "people.view"))
def intakes(request: StaffRequest, pk: int) -> HttpResponse:
    home = get_home(request.user, pk)
    return render_list(request, _intake_view(home), queries.intakes_of(request.user, home), "homes/care_list.html",
                       {"crumbs": _crumbs(home, (_("What was eaten"), None))})


@page("care.view", methods=("GET", "POST"), also=("homes.view", "people.view"), post="care.record")
def intake_correct(request: StaffRequest, pk: int) -> HttpResponse:
    """One record of a meal; whoever records here may put it right."""
    one = queries.get_intake(request.user, pk)
    later = Intake.objects.filter(corrects=one).select_related("recorded_by").first()
    context: dict[str, Any] = {
        "one": one, "home": one.site, "meal": meal_words(one.meal), "words": amount_words, "tones": AMOUNT_TONES,
        "reason": intake_words(one.reason) if one.reason else None, "later": later,
        "may_record": later is None and may(request.user, "care.record", one.site),
        "crumbs": _crumbs(one.site, (_("What was eaten"), reverse("homes:intakes", args=[one.site_id])),
                          (meal_words(one.meal), None)),
    }
    form = IntakeForm(request.POST or None, initial={"amount": one.amount, "reason": one.reason})
    if request.method != "POST" or not form.is_valid():
        return render_form(request, "homes/living/intake.html", form, **context)
    try:
        made = actions.correct_intake(request.user, pk, **form.cleaned_data)
    except Refused as refusal:
        return render_form(request, "homes/living/intake.html", form, refusal=refusal, **context)
    messages.success(request, _("The record is put right; the old one stays beside it."))
    return redirect("homes:intake_correct", made.pk)


@page("care.view", also=("homes.view", "people.view"))
def eat_little(request: StaffRequest, pk: int) -> HttpResponse:
    """Who ate little or nothing at several meals in a row."""
    home = get_home(request.user, pk)
    found, rows, least = queries.eat_little(request.user, home)
    view = ListView(
        title=_("Eats little in %(home)s") % {"home": home.name},
        subtitle=_("A little or nothing at %(n)d meals in a row or more, up to the last one recorded.") % {"n": least},
        columns=[
            Column("bed", gettext_lazy("Bed"), lambda s: s.bed.label, sort="bed__label"),
            Column("name", gettext_lazy("Name"), lambda s: s.person.name, sort="person__name"),
            Column("meals", gettext_lazy("Meals in a row"), lambda s: rows[s.person_id].meals, kind="number"),
            Column("last", gettext_lazy("Last meal"), lambda s: _last(rows[s.person_id])),
            Column("reason", gettext_lazy("Why not all was eaten"), lambda s: _reason(rows[s.person_id])),
        ],
        search=person_search,
        default_sort=("bed", "asc"),
        excel_right="people.export",
        region_field="bed__site__region__code",
        site_field="bed__site",
        row_url=lambda s: reverse("homes:intakes", args=[pk]) + f"?person={s.person_id}",
        search_hint=_("Person's name or pinyin initials"),
        empty=_("Nobody eats little"),
        key="homes:eat_little",
    )
    return render_list(request, view, found, "homes/told_list.html",
                       {"home": home, "crumbs": _crumbs(home, (_("Eats little"), None))})


def _last(row: queries.Row) -> str:
    return f"{day_words(row.last.day)} {meal_words(row.last.meal)}" if row.last else ""


def _reason(row: queries.Row) -> str | None:
    return intake_words(row.last.reason) if row.last and row.last.reason else None
