from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from assets.models import AssetMetadata


@require_safe
def metadata(request: HttpRequest, sha256: str) -> HttpResponse:
    """The terms with this hash, for anybody, for ever: other content would have another address."""
    row = get_object_or_404(AssetMetadata, pk=f"0x{sha256}")
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "ETag": f'"{sha256}"',
        "Access-Control-Allow-Origin": "*",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(row.body, content_type="application/json", headers=headers)
