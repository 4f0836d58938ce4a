#pragma once

#include "core/account_quotas.h"
#include "core/broadcaster.h"
#include "core/device_groups.h"
#include "core/homes.h"
#include "core/logins.h"
#include "core/publisher.h"
#include "core/ram.h"
#include "core/rates.h"
#include "core/receipts.h"
#include "core/registration.h"
#include "core/registry.h"
#include "core/removals.h"
#include "core/rrpc.h"
#include "core/security_tokens.h"
#include "core/shadows.h"
#include "core/thing_models.h"
#include "core/thing_use.h"
#include "core/uplink.h"

namespace herald {

class Gateways;

// All that an operation may call. Outlives every call.
struct Platform {
  const Clock& clock;
  Registry& registry;
  Publisher& publisher;
  Receipts& receipts;
  Homes& homes;
  TopicRoutes& routes;
  Retained& retained;
  Uplink& uplink;
  const Registration& registration;
  Rates& rates;
  Ram& ram;
  const SecurityTokens& tokens;
  Logins& logins;
  DeviceGroups& groups;
  ThingModels& things;
  Removals& removals;
  const AccountQuotas& quotas;
  Rrpc& rrpc;
  Broadcaster& broadcaster;
  Shadows& shadows;
  ThingUse& thing_use;
  Gateways& gateways;
};

}  // namespace herald
