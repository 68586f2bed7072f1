"""The room's views, as tabs among those of plans: what is promised and what is measured stand side by side."""

from django.utils.translation import gettext_lazy as _

from yinian.core.navigation import desk, of_any_area

desk("plans", "indicators", 60, _("Indicators"), "indicators:list", "indicators.view", "aims")
desk("plans", "reports", 70, _("Statistics reports"), "indicators:reports", "indicators.view", "aims")
of_any_area("indicators:indicator", "indicators:behind", "indicators:report")
