#include "app/metrics.h"

#include "app/exposition.h"
#include "app/process_usage.h"

namespace herald::app {
namespace {

constexpr double nanoseconds = 1e9;  // In a second.

// One declaration is all that the page and docs/observability.md know of a metric.
struct Metric {
  MetricInfo info;
  void (*expose)(const MetricSources&, Exposition&);
};

template <class Tally>
std::int64_t sum(const MetricSources& sources, Tally tally_of) {
  std::int64_t sum = 0;
  for (const DeliveryCounts& counts : sources.homes.counts()) sum += tally_of(counts).value();
  return sum;
}

std::int64_t in_state(const MetricSources& sources, Outcome state) {
  return sum(sources, [state](const DeliveryCounts& counts) -> auto& {
    return counts.in_state[static_cast<std::size_t>(state)];
  });
}

void expose_deliveries(const MetricSources& sources, Exposition& page) {
  for (const Outcome end : {Outcome::sent, Outcome::acked, Outcome::expired, Outcome::cancelled}) {
    page.sample(in_state(sources, end), {{"outcome", name_of(end)}});
  }
  for (std::size_t i = 1; i < DeliveryCounts::drop_reasons; ++i) {
    const auto dropped =
        sum(sources, [i](const DeliveryCounts& counts) -> auto& { return counts.dropped[i]; });
    page.sample(dropped, {{"outcome", name_of(Outcome::dropped)},
                          {"reason", name_of(static_cast<DropReason>(i))}});
  }
}

void expose_waiting(const MetricSources& sources, Exposition& page) {
  for (const Outcome state : {Outcome::queued, Outcome::inflight}) {
    page.sample(in_state(sources, state), {{"state", name_of(state)}});
  }
}

void expose_connects(const MetricSources& sources, Exposition& page) {
  for (std::size_t i = 0; i < net::connect_results.size(); ++i) {
    page.sample(sources.server.connects(static_cast<net::ConnectResult>(i)),
                {{"result", net::connect_results[i]}});
  }
}

template <class Tally>
std::int64_t sum_of_rrpc(const MetricSources& sources, Tally tally_of) {
  std::int64_t sum = 0;
  for (const RrpcCounts& counts : sources.rrpc.counts()) sum += tally_of(counts).value();
  return sum;
}

void expose_rrpc(const MetricSources& sources, Exposition& page) {
  for (std::size_t i = 0; i < rrpc_codes; ++i) {
    const auto answered =
        sum_of_rrpc(sources, [i](const RrpcCounts& counts) -> auto& { return counts.answered[i]; });
    page.sample(answered, {{"code", name_of(static_cast<RrpcCode>(i))}});
  }
}

void expose_calls(const MetricSources& sources, Exposition& page) {
  sources.gateway.calls().each_code(
      [&page](std::string_view operation, std::string_view code, std::int64_t calls) {
        page.sample(calls, {{"operation", operation}, {"code", code}});
      });
}

void expose_call_seconds(const MetricSources& sources, Exposition& page) {
  sources.gateway.calls().each_duration(
      [&page](std::string_view operation, const Distribution& read) {
        page.histogram(read, nanoseconds, {{"operation", operation}});
      });
}

constexpr auto metrics = std::to_array<Metric>({
    {{"herald_api_calls_total", "counter",
      "Calls by operation and the code that they were answered with, OK for success; operation "
      "none: refused before it was known whose they are."},
     expose_calls},
    {{"herald_api_call_seconds", "histogram", "From a call's request to its answer, by operation."},
     expose_call_seconds},
    {{"herald_api_connections", "gauge", "Open connections to the API."},
     [](const MetricSources& sources, Exposition& page) {
       page.sample(sources.server.api_connections());
     }},
    {{"herald_recipients_total", "counter",
      "Recipients of all messages, and those for whom one was unfinished at the start."},
     [](const MetricSources& sources, Exposition& page) {
       page.sample(
           sum(sources, [](const DeliveryCounts& counts) -> auto& { return counts.recipients; }));
     }},
    {{"herald_deliveries_total", "counter",
      "What became of messages at their recipients, by outcome, and if dropped by reason."},
     expose_deliveries},
    {{"herald_deliveries_waiting", "gauge",
      "Recipients whose message is queued, or in flight: with the device and not acknowledged."},
     expose_waiting},
    {{"herald_queue_bytes", "gauge",
      "Payload bytes of queued messages, counted for each recipient."},
     [](const MetricSources& sources, Exposition& page) {
       page.sample(
           sum(sources, [](const DeliveryCounts& counts) -> auto& { return counts.queued_bytes; }));
     }},
    {{"herald_devices_connected", "gauge", "Devices that have signed in and are connected."},
     [](const MetricSources& sources, Exposition& page) {
       page.sample(
           sum(sources, [](const DeliveryCounts& counts) -> auto& { return counts.connected; }));
     }},
    {{"herald_device_connections", "gauge",
      "Open connections to the ports for devices, signed in or not."},
     [](const MetricSources& sources, Exposition& page) {
       page.sample(sources.server.device_connections());
     }},
    {{"herald_device_connects_total", "counter",
      "What became of CONNECTs, by result; turned_away: connections that were closed at once."},
     expose_connects},
    {{"herald_rrpc_total", "counter", "Requests to devices that ended, by RrpcCode."}, expose_rrpc},
    {{"herald_rrpc_waiting", "gauge", "Requests that wait for the answers of devices."},
     [](const MetricSources& sources, Exposition& page) {
       page.sample(
           sum_of_rrpc(sources, [](const RrpcCounts& counts) -> auto& { return counts.waiting; }));
     }},
    {{"herald_rrpc_unmatched_total", "counter",
      "Answers of devices to requests for which nobody waited any more."},
     [](const MetricSources& sources, Exposition& page) {
       page.sample(sum_of_rrpc(sources,
                               [](const RrpcCounts& counts) -> auto& { return counts.unmatched; }));
     }},
    {{"herald_devices_to_delete", "gauge", "Devices left of products that are being deleted."},
     [](const MetricSources& sources, Exposition& page) {
       page.sample(static_cast<std::int64_t>(sources.removals.devices_left()));
     }},
    {{"herald_store_commit_seconds", "histogram",
      "How long the store's writes took, most with a sync to the disk."},
     [](const MetricSources& sources, Exposition& page) {
       page.histogram(sources.store.commits().duration.read(), nanoseconds);
     }},
    {{"herald_store_commit_size", "histogram", "Messages and changes that shared one write."},
     [](const MetricSources& sources, Exposition& page) {
       page.histogram(sources.store.commits().size.read(), 1);
     }},
    {{"herald_store_write_failures_total", "counter",
      "Writes that the disk refused for the moment, or that failed."},
     [](const MetricSources& sources, Exposition& page) {
       page.sample(sources.store.commits().refused.value(), {{"result", "refused"}});
       page.sample(sources.store.commits().failed.value(), {{"result", "failed"}});
     }},
    {{"herald_store_reopened_total", "counter",
      "How often the disk was opened anew after it had failed."},
     [](const MetricSources& sources, Exposition& page) {
       page.sample(sources.store.commits().reopened.value());
     }},
    {{"herald_store_free_bytes", "gauge", "Free space on the store's disk; -1: unknown."},
     [](const MetricSources& sources, Exposition& page) {
       page.sample(sources.store.commits().free.load());
     }},
    {{"herald_store_accepts", "gauge",
      "1; 0 while the disk fails, stalls or is nearly full and messages are refused."},
     [](const MetricSources& sources, Exposition& page) {
       page.sample(std::int64_t{sources.store.accepts()});
     }},
    {{"herald_store_damage", "gauge",
      "What of the store was found damaged since the start; the log says what: "
      "docs/durability.md."},
     [](const MetricSources& sources, Exposition& page) {
       page.sample(static_cast<std::int64_t>(sources.store.damage().count()));
     }},
    {{"herald_build_info", "gauge", "1, with the version."},
     [](const MetricSources&, Exposition& page) {
       page.sample(std::int64_t{1}, {{"version", HERALD_VERSION}});
     }},
    {{"process_resident_memory_bytes", "gauge", "Memory that the process has."},
     [](const MetricSources&, Exposition& page) { page.sample(process::resident_bytes()); }},
    {{"process_open_fds", "gauge", "Files and connections that it has open."},
     [](const MetricSources&, Exposition& page) { page.sample(process::open_files()); }},
    {{"process_max_fds", "gauge", "How many of them it may have."},
     [](const MetricSources&, Exposition& page) { page.sample(process::open_files_max()); }},
    {{"process_cpu_seconds_total", "counter", "Processor time that it has used."},
     [](const MetricSources&, Exposition& page) { page.sample(process::cpu_seconds()); }},
    {{"process_start_time_seconds", "gauge", "When it was started, in seconds since 1970."},
     [](const MetricSources&, Exposition& page) { page.sample(process::start_time()); }},
});

}  // namespace

std::string metrics_text(const MetricSources& sources) {
  Exposition page;
  for (const Metric& metric : metrics) {
    page.family(metric.info.name, metric.info.type, metric.info.help);
    metric.expose(sources, page);
  }
  return std::move(page).text();
}

std::vector<MetricInfo> all_metrics() {
  std::vector<MetricInfo> infos;
  for (const Metric& metric : metrics) infos.push_back(metric.info);
  return infos;
}

}  // namespace herald::app
