import pytest

pytestmark = pytest.mark.django_db


@pytest.fixture
def schema(client):
    return client.get("/api/schema", headers={"Accept": "application/json"}).json()


def test_the_schema_is_openapi_31_and_documents_problems(schema):
    assert schema["openapi"].startswith("3.1")
    assert "errors" in schema["components"]["schemas"]["Problem"]["required"]
    for methods in schema["paths"].values():
        for operation in methods.values():
            problem = operation["responses"]["404"]["content"]["application/problem+json"]["schema"]
            assert problem == {"$ref": "#/components/schemas/Problem"}


def test_every_post_by_a_principal_asks_for_an_idempotency_key(schema):
    for path, methods in schema["paths"].items():
        if "post" in methods and "/webhooks/" not in path:
            names = [p["name"] for p in methods["post"]["parameters"] if p["in"] == "header"]
            assert names == ["Idempotency-Key"], path


def test_no_api_path_ends_with_a_slash(schema):
    assert schema["paths"]
    assert not [path for path in schema["paths"] if path.endswith("/")]


def test_the_documentation_page_loads_nothing_from_elsewhere(client):
    page = client.get("/api/docs").content.decode()

    assert "swagger-ui" in page
    assert "//cdn" not in page and "https://" not in page
