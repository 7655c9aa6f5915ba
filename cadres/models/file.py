import uuid6
from django.db import models


class StoredFile(models.Model):
    """A file by its SHA-256 under the data directory: never changed, served only through
    the permission check of the row that holds it."""

    uid = models.UUIDField(default=uuid6.uuid7, unique=True, editable=False)
    sha256 = models.CharField(max_length=64, db_index=True)
    name = models.CharField("文件名", max_length=120)
    content_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField("字节数")
    sealed = models.BooleanField("加密存放", default=False)
    uploaded_by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True)
    uploaded_at = models.DateTimeField()
