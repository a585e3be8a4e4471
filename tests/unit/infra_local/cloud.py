"""moto behind the guard in this process: botocore's and browsers' requests, and no socket."""

import io
import re
from urllib.parse import urlsplit

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.test import Client

from infra.local import s3_cors, sealed
from infra.local.guard import Guard

REGION = "eu-west-2"
UPLOADS, RECORDS = "uploads", "records"
HOST = "http://127.0.0.1:5080"
SITE = "https://www.clinic.example"
KEY = "abc/0001"
TYPE = "application/octet-stream"
LEAST = 5 * 1024 * 1024
"""Bytes of every part but the last."""
CORS = {
    "CorsRules": [
        {
            "AllowedOrigins": [SITE, "https://*.api.example"],
            "AllowedMethods": ["PUT", "POST", "GET", "DELETE"],
            "AllowedHeaders": ["*"],
            "ExposedHeaders": ["ETag", "Location"],
            "MaxAge": 3000,
        }
    ]
}


class _Raw(io.BytesIO):
    """A response body as botocore reads it."""

    def stream(self, **_):
        yield self.read()


class Cloud:
    """S3 with a bucket for uploads, versioned and with CORS, and one for records."""

    def __init__(self):
        self.refusals = []
        self.guard = Guard(
            DomainDispatcherApplication(create_backend_app),
            on_queue=lambda _queue: None,
            on_mail=lambda _message_id, _mail: None,
            on_refusal=lambda *refusal: self.refusals.append(refusal),
        )
        self.guard.s3.cors = {UPLOADS: s3_cors.rules_of("Uploads", CORS)}
        self._http = Client(self.guard)
        self.s3 = boto3.client(
            "s3",
            region_name=REGION,
            endpoint_url=HOST,
            aws_access_key_id=sealed.KEY_ID,
            aws_secret_access_key=sealed.SECRET,
            config=Config(
                retries={"total_max_attempts": 1},
                signature_version="s3v4",
                s3={"addressing_style": "path"},
            ),
        )
        self.s3.meta.events.register("before-send", self._send)
        for bucket in (UPLOADS, RECORDS):
            place = {"LocationConstraint": REGION}
            self.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
            versions = {"Status": "Enabled"}
            self.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=versions)

    def _send(self, request, **_):
        headers = {k: v.decode() if isinstance(v, bytes) else v for k, v in request.headers.items()}
        answer = self.ask(request.method, request.url, request.body, headers)
        return AWSResponse(request.url, answer.status_code, answer.headers, _Raw(answer.data))

    def ask(self, method, url, body=b"", headers=None):
        """Send one request as a browser would."""
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        if hasattr(body, "read"):
            body = body.read()
        return self._http.open(
            target, method=method, base_url=HOST, data=body or b"", headers=headers or {}
        )

    def link(self, operation, expires=900, **given):
        """Return a presigned link."""
        given = {"Bucket": UPLOADS, "Key": KEY} | given
        return self.s3.generate_presigned_url(operation, given, ExpiresIn=expires)

    def keys(self, bucket=UPLOADS):
        """Return the keys of all versions that lie in a bucket."""
        listed = self.s3.list_object_versions(Bucket=bucket)
        return [version["Key"] for version in listed.get("Versions", [])]


def code_of(answer):
    """Return S3's error code, or None."""
    found = re.search(r"<Code>(\w+)</Code>", answer.get_data(as_text=True))
    return found and found[1]


def reasons(events):
    """Return what a bucket told of, in S3's words."""
    return [(event["detail-type"], event["detail"]["reason"]) for event in events]


def begun(cloud, key=KEY):
    """Begin an upload in parts as a browser does; return its id."""
    answer = cloud.ask(
        "POST",
        cloud.link("create_multipart_upload", Key=key, ContentType=TYPE),
        headers={"Content-Type": TYPE},
    )
    assert answer.status_code == 200, answer.text
    return re.search(r"<UploadId>(\w+)</UploadId>", answer.text)[1]


def put(cloud, upload, number=1, content=b"end", key=KEY):
    """Send one part."""
    link = cloud.link("upload_part", Key=key, UploadId=upload, PartNumber=number)
    return cloud.ask("PUT", link, content)


def completed(cloud, upload, parts, key=KEY):
    """Ask for one object of the parts, given as numbers and ETags."""
    listed = "".join(f"<Part><PartNumber>{n}</PartNumber><ETag>{e}</ETag></Part>" for n, e in parts)
    body = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode()
    link = cloud.link("complete_multipart_upload", Key=key, UploadId=upload)
    return cloud.ask("POST", link, body, {"Content-Type": "application/xml"})
