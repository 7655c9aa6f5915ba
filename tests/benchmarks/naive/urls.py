from typing import Any

from django.urls import path
from rest_framework import generics, serializers

from households.models import Visit


class VisitSerializer(serializers.ModelSerializer[Visit]):
    class Meta:
        model = Visit
        fields = ("uid", "household", "area", "visitor", "mode", "purposes", "met", "policies", "changes", "done",
                  "promise", "occurred_at", "recorded_at", "synced_at", "late_reason", "via")  # fmt: skip


class VisitList(generics.CreateAPIView[Visit]):
    queryset = Visit.objects.all()
    serializer_class = VisitSerializer

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        return super().get_serializer(*args, **kwargs, many=True)


urlpatterns = [path("api/v1/visits/sync", VisitList.as_view())]
