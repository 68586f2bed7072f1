"""Addresses of the base floor."""

from django.urls import path

from yinian.core import pages
from yinian.core.attachments import pages as attachments
from yinian.core.audit import pages as audit
from yinian.core.calendar import pages as calendar
from yinian.core.documents import pages as documents
from yinian.core.inbox import pages as inbox
from yinian.core.jobs import pages as jobs
from yinian.core.regions import pages as regions
from yinian.core.users import account, doors
from yinian.core.users import pages as users

app_name = "core"
urlpatterns = [
    path("", pages.front, name="front"),
    path("health/", pages.health, name="health"),
    path("settings/", pages.settings_page, name="settings"),
    path("search/", pages.search, name="search"),
    path("explained/", pages.explained, name="explained"),
    path("columns/", pages.columns, name="columns"),
    # the door
    path("login/", doors.login, name="login"),
    path("login/code/", doors.login_code, name="login_code"),
    path("logout/", doors.logout, name="logout"),
    path("preferences/", doors.preferences, name="preferences"),
    # one's own account
    path("account/", account.account, name="account"),
    path("account/password/", account.password, name="password"),
    path("account/second-factor/", account.second_factor, name="second_factor"),
    path("account/second-factor/off/", account.second_factor_off, name="second_factor_off"),
    path("account/sessions/end/", account.end_sessions, name="end_sessions"),
    # the desk
    path("desk/", inbox.desk, name="desk"),
    path("work/", inbox.work_list, name="work"),
    path("work/<int:pk>/", inbox.work_item, name="work_item"),
    path("work/<int:pk>/take/", inbox.take, name="work_take"),
    path("work/<int:pk>/hand-over/", inbox.hand_over, name="work_hand_over"),
    path("work/<int:pk>/close/", inbox.close, name="work_close"),
    # users
    path("users/", users.user_list, name="users"),
    path("users/new/", users.user_new, name="user_new"),
    path("users/<int:pk>/", users.user_page, name="user"),
    path("users/<int:pk>/postings/", users.posting_add, name="posting_add"),
    path("users/<int:pk>/postings/<int:posting_pk>/end/", users.posting_end, name="posting_end"),
    path("users/<int:pk>/identity/", users.identify, name="user_identify"),
    path("users/<int:pk>/lock/", users.lock, name="user_lock"),
    path("users/<int:pk>/unlock/", users.unlock, name="user_unlock"),
    path("users/<int:pk>/sessions/end/", users.sessions_end, name="user_sessions_end"),
    path("users/<int:pk>/password/", users.password_reset, name="user_password"),
    # audit, jobs, calendar
    path("audit/", audit.audit_list, name="audit"),
    path("audit/reveals/", audit.reveal_list, name="reveals"),
    path("audit/verify/", audit.verify, name="audit_verify"),
    path("audit/head/", audit.head, name="audit_head"),
    path("jobs/", jobs.job_list, name="jobs"),
    path("jobs/<int:pk>/", jobs.job_page, name="job"),
    path("jobs/<int:pk>/progress/", jobs.progress, name="job_progress"),
    path("jobs/<int:pk>/file/", jobs.job_file, name="job_file"),
    path("jobs/<int:pk>/stop/", jobs.stop, name="job_stop"),
    path("calendar/", calendar.year, name="calendar"),
    path("calendar/set/", calendar.set_day, name="calendar_set"),
    path("calendar/clear/", calendar.clear_day, name="calendar_clear"),
    path("calendar/load/", calendar.load, name="calendar_load"),
    # parts
    path("regions/find/", regions.find, name="regions_find"),
    path("files/<int:pk>/", attachments.download, name="attachment"),
    path("papers/", documents.document_list, name="documents"),
    path("papers/<int:pk>/", documents.document_page, name="document"),
    path("papers/<int:pk>/withdraw/", documents.document_withdraw, name="document_withdraw"),
]
