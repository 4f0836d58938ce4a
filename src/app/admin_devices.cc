#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>

#include "app/admin_parts.h"
#include "app/csv.h"
#include "app/device_import.h"
#include "app/device_rows.h"
#include "base/wait_for.h"

namespace herald::app {
namespace {

namespace json = boost::json;

constexpr int look_around_ms = 200;  // Whether somebody still waits for the command.

tl::unexpected<Error> stopped() {
  return fail(Code::refused, "it was stopped before its end; run it again to go on");
}

// How far a command is, told ten times a second.
class Report {
 public:
  Report(AdminCall& call, std::size_t total) : call_(call), total_(total) {}

  // False: nobody listens.
  bool tell(std::size_t done, std::size_t rows, bool now = false) {
    const auto time = std::chrono::steady_clock::now();
    if (!now && time - told_ < std::chrono::milliseconds(100)) return true;
    told_ = time;
    return call_.tell({{"progress", {{"done", done}, {"total", total_}, {"rows", rows}}}});
  }

 private:
  AdminCall& call_;
  std::size_t total_;
  std::chrono::steady_clock::time_point told_;
};

// Whether a file may be read or written without waiting; while it may not, `listens` is asked.
Result<void> wait_until_ready(int file, short events, const std::function<bool()>& listens) {
  pollfd waited{.fd = file, .events = events, .revents = 0};
  while (::poll(&waited, 1, look_around_ms) == 0) {
    if (!listens()) return stopped();
  }
  return {};
}

Result<std::string> read_piece(int file, const std::function<bool()>& listens) {
  if (auto ready = wait_until_ready(file, POLLIN, listens); !ready) {
    return tl::unexpected(std::move(ready.error()));
  }
  std::string bytes(64 * limits::KiB, '\0');
  ssize_t count = 0;
  do count = ::read(file, bytes.data(), bytes.size());
  while (count < 0 && errno == EINTR);
  if (count < 0) return fail(Code::failed, std::generic_category().message(errno));
  bytes.resize(static_cast<std::size_t>(count));
  return bytes;
}

Result<void> write_all(int file, std::string_view bytes, const std::function<bool()>& listens) {
  // As much as a pipe that is ready takes at once.
  constexpr std::size_t at_once = 4'096;
  while (!bytes.empty()) {
    if (auto ready = wait_until_ready(file, POLLOUT, listens); !ready) return ready;
    const ssize_t count = ::write(file, bytes.data(), std::min(bytes.size(), at_once));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(Code::failed, std::generic_category().message(errno));
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

// Nothing for what is no plain file.
std::size_t size_of(int file) {
  struct stat about{};
  if (::fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) return 0;
  return static_cast<std::size_t>(about.st_size);
}

json::object rejected(std::size_t line, const std::string& reason, const DeviceRow& row) {
  json::array fields;
  for (const std::string_view field : fields_of(row)) fields.emplace_back(field);
  return {{"rejected", {{"Line", line}, {"Reason", reason}, {"Row", std::move(fields)}}}};
}

Result<json::value> import_devices(AdminCall& call) {
  const auto account = account_of(call);
  if (!account) return tl::unexpected(account.error());
  auto instance = instance_of(call, *account);
  if (!instance) return tl::unexpected(std::move(instance.error()));

  Report report(call, size_of(call.file));
  std::size_t rows = 0;
  std::size_t malformed = 0;
  std::size_t bytes = 0;
  CsvReader reader([&] {
    return read_piece(call.file, [&] { return report.tell(bytes, rows, /*now=*/true); });
  });
  const auto heading = reader.next();
  if (!heading) return tl::unexpected(heading.error());
  if (!*heading) return fail(Code::malformed, "the file is empty");
  if (!(*heading)->fault.empty()) return fail(Code::malformed, "line 1: " + (*heading)->fault);
  const auto columns = DeviceColumns::parse((*heading)->fields);
  if (!columns) return tl::unexpected(columns.error());

  DeviceImport import(call.herald.registry(), *account, std::move(*instance),
                      [&](const DeviceRow& row, const std::string& reason) {
                        (void)call.tell(rejected(row.line, reason, row));
                      });
  for (;;) {
    auto row = reader.next();
    if (!row) return tl::unexpected(std::move(row.error()));
    if (!*row) break;
    ++rows;
    bytes = reader.bytes();
    if (!report.tell(bytes, rows)) return stopped();
    auto device = (*row)->fault.empty() ? columns->row((*row)->line, std::move((*row)->fields))
                                        : fail(Code::malformed, (*row)->fault);
    if (!device) {
      ++malformed;
      (void)call.tell(rejected((*row)->line, device.error().detail, {}));
      continue;
    }
    if (auto added = import.add(std::move(*device)); !added) {
      return tl::unexpected(std::move(added.error()));
    }
  }
  if (auto finished = import.finish(); !finished) {
    return tl::unexpected(std::move(finished.error()));
  }
  (void)report.tell(bytes, rows, /*now=*/true);
  const auto& counts = import.counts();
  return json::object{{"Rows", rows},
                      {"Created", counts.created},
                      {"Present", counts.present},
                      {"Rejected", counts.rejected + malformed},
                      {"NewProducts", counts.products}};
}

// Writes one product's devices, the newest first.
class ProductExport {
 public:
  ProductExport(AdminCall& call, Report& report, std::size_t& rows)
      : registry_(call.herald.registry()), file_(call.file), report_(report), rows_(rows) {}

  Result<void> write(const Product& product) {
    constexpr std::size_t page = 1'000;
    auto devices = registry_.devices().newest(product.key, 0, page);
    while (!devices.empty()) {
      if (auto written = write(product, devices); !written) return written;
      if (!report_.tell(rows_, rows_)) return stopped();
      devices = registry_.devices().older(product.key, devices.back(), page);
    }
    return {};
  }

 private:
  Result<void> write(const Product& product, const std::vector<DeviceId>& devices) {
    const auto secrets = wait_for<std::vector<std::string>>(
        [&](auto done) { registry_.device_secrets(devices, std::move(done)); });
    if (!secrets) return tl::unexpected(secrets.error());
    std::string lines;
    for (std::size_t i = 0; i < devices.size(); ++i) {
      const auto view = registry_.device(devices[i]);
      if (!view) continue;  // Deleted meanwhile.
      const Device& device = *view->device;
      const std::array<std::string_view, 5> fields = {
          product.key.view(), product.secret, device.name.view(), (*secrets)[i], device.nickname};
      lines += csv_line(fields);
      ++rows_;
    }
    return write_all(file_, lines, [&] { return report_.tell(rows_, rows_, /*now=*/true); });
  }

  Registry& registry_;
  int file_;
  Report& report_;
  std::size_t& rows_;
};

Result<json::value> export_devices(AdminCall& call) {
  const auto account = account_of(call);
  if (!account) return tl::unexpected(account.error());
  const auto instance = instance_of(call, *account);
  if (!instance) return tl::unexpected(instance.error());

  Registry& registry = call.herald.registry();
  const auto products = registry.products_of(*account, *instance);
  std::size_t total = 0;
  for (const auto& product : products) total += registry.devices().counts(product->key).all;
  Report report(call, total);
  std::size_t rows = 0;
  auto written = write_all(call.file, csv_line(device_columns), [] { return true; });
  for (const auto& product : products) {
    if (written) written = ProductExport(call, report, rows).write(*product);
  }
  if (!written) return tl::unexpected(std::move(written.error()));
  (void)report.tell(rows, rows, /*now=*/true);
  return json::object{{"Rows", rows}, {"Products", products.size()}};
}

}  // namespace

std::vector<AdminCommand> device_commands() {
  using enum AdminParam::Kind;
  return {
      {"import",
       "Make the devices of a file, with the secrets that they have; run it again to go on",
       {{"file", "CSV: ProductKey, ProductSecret, DeviceName, DeviceSecret, Nickname", input, true},
        account_option(),
        instance_option()},
       import_devices},
      {"export",
       "Write all devices of an instance, secrets included, as import takes them",
       {{"file", "A new file, which only its owner may read; default: standard output", output},
        account_option(),
        instance_option()},
       export_devices}};
}

}  // namespace herald::app
