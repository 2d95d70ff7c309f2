#include "translate/client_tools.h"

namespace sb::translate {

QByteArrayView typedSchema(QByteArrayView type)
{
    if (type.startsWith("bash_"))
        return R"({"type":"object","properties":{"command":{"type":"string"},)"
               R"("restart":{"type":"boolean"}}})";
    if (type.startsWith("text_editor_"))
        return R"({"type":"object","properties":{"command":{"type":"string",)"
               R"("enum":["view","create","str_replace","insert"]},"path":{"type":"string"},)"
               R"("file_text":{"type":"string"},"old_str":{"type":"string"},)"
               R"("new_str":{"type":"string"},"insert_line":{"type":"integer"},)"
               R"("insert_text":{"type":"string"},"view_range":{"type":"array",)"
               R"("items":{"type":"integer"}}},"required":["command","path"]})";
    if (type.startsWith("memory_"))
        return R"({"type":"object","properties":{"command":{"type":"string",)"
               R"("enum":["view","create","str_replace","insert","delete","rename"]},)"
               R"("path":{"type":"string"},"view_range":{"type":"array",)"
               R"("items":{"type":"integer"}},"file_text":{"type":"string"},)"
               R"("old_str":{"type":"string"},"new_str":{"type":"string"},)"
               R"("insert_line":{"type":"integer"},"insert_text":{"type":"string"},)"
               R"("old_path":{"type":"string"},"new_path":{"type":"string"}},)"
               R"("required":["command"]})";
    if (type.startsWith("computer_"))
        return R"({"type":"object","properties":{"action":{"type":"string"},)"
               R"("coordinate":{"type":"array","items":{"type":"integer"}},)"
               R"("text":{"type":"string"},"scroll_direction":{"type":"string"},)"
               R"("scroll_amount":{"type":"integer"},"duration":{"type":"number"}},)"
               R"("required":["action"]})";
    return {};
}

} // namespace sb::translate
