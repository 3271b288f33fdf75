"""Handles that an earlier release saved are resumed."""

from __future__ import annotations

import json

import pytest
from jobclients import resume
from jobclients.testing import vendor

FORMAT_1 = [
    (
        '{"format":1,"vendor":"alation","kind":"jobs","origin":"https://vendor.test","account":"default","ide'
        'ntity":{"id":1},"run_key":null,"attribution":"exact","baseline":null,"submitted_at":null,"seen":true'
        ',"key":null,"checksum":"53139e5ea6cf9a6a"}'
    ),
    (
        '{"format":1,"vendor":"datameer","kind":"executions","origin":"https://vendor.test","account":"defaul'
        't","identity":{"execution_id":7},"run_key":null,"attribution":"exact","baseline":null,"submitted_at"'
        ':null,"seen":true,"key":null,"checksum":"cd4830775f4d82c0"}'
    ),
    (
        '{"format":1,"vendor":"datameer","kind":"configurations","origin":"https://vendor.test","account":"de'
        'fault","identity":{"configuration_id":3},"run_key":["1893456000000"],"attribution":"latest","baselin'
        'e":null,"submitted_at":null,"seen":true,"key":null,"checksum":"c2571141bfc34481"}'
    ),
    (
        '{"format":1,"vendor":"datameer","kind":"files","origin":"https://vendor.test","account":"default","i'
        'dentity":{"file":"/Data/x.imp"},"run_key":["1893456000000"],"attribution":"latest","baseline":null,"'
        'submitted_at":null,"seen":true,"key":null,"checksum":"6422834650770097"}'
    ),
    (
        '{"format":1,"vendor":"huawei_cdm","kind":"runs","origin":"https://vendor.test","account":"default","'
        'identity":{"project_id":"project-id-1","cluster_id":"cluster-id-1","job_name":"j"},"run_key":["18934'
        '56000001","1893456000001"],"attribution":"exact","baseline":[["1893456000000","1893456000000"]],"sub'
        'mitted_at":1893456000.0,"seen":true,"key":null,"checksum":"db33279157e9ea18"}'
    ),
    (
        '{"format":1,"vendor":"huawei_dli","kind":"sql_jobs","origin":"https://vendor.test","account":"defaul'
        't","identity":{"project_id":"project-id-1","job_id":"x"},"run_key":null,"attribution":"exact","basel'
        'ine":null,"submitted_at":null,"seen":true,"key":null,"checksum":"cac96c906146ca7a"}'
    ),
]
"""Handles as the first release that had the format wrote them; later ones read them as long as they read the format."""


@pytest.mark.parametrize("text", FORMAT_1, ids=lambda text: "{vendor}.{kind}".format(**json.loads(text)))
def test_a_handle_of_an_earlier_release_is_resumed(text: str) -> None:
    """The texts are here as they were saved: what reads them today has to go on reading them."""
    saved = json.loads(text)
    fake = vendor(saved["vendor"], lifecycle="succeeded")
    with fake.client(base_url="https://vendor.test") as client:
        job = resume(text, client)
        assert saved["identity"] == job.identity
        key = json.loads(job.to_json())["run_key"]
        assert (list(key.values()) if key is not None else None) == saved["run_key"]
        if saved["run_key"] is None:
            assert job.wait().state.ok
