#pragma once

#include "core/publisher.h"
#include "core/rrpc.h"
#include "core/shadows.h"
#include "core/system_topics.h"

namespace herald {

// The list of what the platform hears under topics of its own, and which part of it does.
SystemTopics platform_topics(Publisher& publisher, Rrpc& rrpc, Shadows& shadows,
                             const Clock& clock);

}  // namespace herald
