// docs/metrics.md is made from the table of families; this test makes it and holds it to the table.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "metrics/metric.hpp"

namespace weir {
namespace {

constexpr std::string_view kHead = R"(# Metrics

Made from `src/metrics/metrics.def`; `WEIR_WRITE_DOCS=1 build/tests/unit/metrics/test-metrics` writes it
anew.

Weir answers scrapes on a socket of the kernel, not on its own ports: `[metrics] listen`, 127.0.0.1:9559
unless it says otherwise. `off` is nowhere. If the address is taken, Weir warns and works without it.
`weirctl metrics` prints the same text, whatever `listen` says.

| path | answers |
|---|---|
| `/metrics` | every family below, in Prometheus' text format; 503 when the last reading is older than 10 s |
| `/metrics?name[]=weir_tcp_*` | only families whose names match; `name[]` may repeat |
| `/` and `/status.json` | the status page (docs/watching.md) and its numbers |
| `/healthz` | 200 `ok`; 503 and a line that says why: a worker has stood still for 5 s, or the control thread for 10 s (5 min while it reads the files of HTTP services) |
| `/readyz` | the same, and 503 while a service cannot be reached: no port with an address of it has a link, or the address is not in use (yet) |

The figures are those of the last whole second: the control thread reads the counters once a second, without
asking the workers, and a thread of its own renders that reading for whoever asks. A scrape costs a worker
nothing. Each number is right by itself; sums of a worker that is busy may be off by a burst.
Counters begin at zero when Weir starts.

## How to scrape

`config/prometheus/prometheus.yml` is an example. In a Prometheus that is there already:

```yaml
rule_files: [/etc/prometheus/weir.rules.yml]      # a copy of config/prometheus/weir.rules.yml
scrape_configs:
  - job_name: weir                                # WeirDown asks for this name
    static_configs: [{targets: ['127.0.0.1:9559']}]
```

For a Prometheus on another host, `listen = 192.0.2.20:9559` with an address of the *kernel's*; there is no
password and no TLS, so a firewall or a proxy has to say who may ask. No address gets all the places for
connections, and slow requests are cut: a broken client does not keep others out, one that has several addresses
and means it does. Probes of Kubernetes: `httpGet` of `/healthz` for liveness and `/readyz` for readiness.

Import `config/grafana/weir.json` into Grafana (9 or later) for a dashboard. The alerts of
`config/prometheus/weir.rules.yml` have tests beside them: `promtool test rules weir.rules.test.yml`.

## Families

No label holds an address of a client. Every series is there from the first scrape on, with zero.
)";

std::string metrics_page() {
  std::ostringstream page;
  page << kHead << "\n| metric | type | labels | meaning |\n|---|---|---|---|\n";
  for (const MetricText& text : kMetricTexts) {
    std::string labels;
    std::istringstream names{std::string(text.labels)};
    for (std::string name; names >> name;) labels += (labels.empty() ? "`" : ", `") + name + "`";
    page << "| `" << text.name << "` | " << to_string(text.type) << " | " << labels << " | "
         << text.help << " |\n";
  }
  return page.str();
}

TEST(MetricsPage, IsWhatTheTableSays) {
  const std::string path = WEIR_SOURCE_DIR "/docs/metrics.md";
  if (std::getenv("WEIR_WRITE_DOCS") != nullptr) std::ofstream(path) << metrics_page();
  std::ifstream file(path);
  std::ostringstream there;
  there << file.rdbuf();
  EXPECT_EQ(there.str(), metrics_page());
}

}  // namespace
}  // namespace weir
