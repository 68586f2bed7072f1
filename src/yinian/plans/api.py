"""The room over REST: each noun's endpoints under one router."""

from ninja import Router

from yinian.plans.documents.api import router as documents
from yinian.plans.driving_api import router as driving

router = Router(tags=["plans"])
router.add_router("", documents)
router.add_router("", driving)
