"""The room over REST: each noun's endpoints under one router."""

from ninja import Router

from yinian.plans.documents.api import router as documents

router = Router(tags=["plans"])
router.add_router("", documents)
