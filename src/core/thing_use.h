#pragma once

#include "core/desired_properties.h"
#include "core/thing_commands.h"
#include "core/thing_reports.h"
#include "store/store.h"

namespace herald {

// What the platform has of things beside their models: what they report and are told.
struct ThingUse {
  ThingUse(Store& store, Registry& registry, const ThingModels& published, Publisher& publisher,
           Rrpc& rrpc, IdGenerator& ids, const Clock& clock)
      : history(store.things()),
        models(published),
        desired(history, clock),
        reports(registry, models, history, desired, publisher, ids, clock),
        commands(publisher, rrpc, history, ids, clock) {}

  ThingHistory& history;
  const ThingModels& models;
  DesiredProperties desired;
  ThingReports reports;
  ThingCommands commands;
};

// What devices publish to it.
void add_thing_topics(SystemTopics& topics, ThingUse& things);

}  // namespace herald
